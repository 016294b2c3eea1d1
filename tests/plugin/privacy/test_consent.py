"""Receipts: added, never changed; the last one holds; a copy names no one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from plugin.privacy import consent
from plugin.privacy.consent import Notice
from plugin.privacy.models import ConsentReceipt, ConsentState, Purpose
from plugin.privacy.suppress import is_suppressed, lift, pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW

NOTICE = Notice("1", "en", "ab" * 32, "consent", ("seconds played",), "Lumen", "its staff", "90 days", "one tap")


def say(
    session, state: ConsentState, purpose: Purpose = Purpose.WATCH_TRACKING, principal: str = "p"
) -> ConsentReceipt:
    return consent.record(
        session, principal=principal, campaign_id="c", state=state, notice=NOTICE, purpose=purpose, clock=lambda: NOW
    )


def test_of_decisions_made_in_the_same_instant_the_last_one_holds(database):
    with database.transaction() as session:
        for state in (ConsentState.GIVEN, ConsentState.WITHDRAWN, ConsentState.GIVEN, ConsentState.WITHDRAWN):
            say(session, state)

    with database.reading() as session:
        assert consent.state_of(session, "p") == ConsentState.WITHDRAWN
        assert len(session.scalars(select(ConsentReceipt.id)).all()) == 4


def test_a_signal_on_record_is_no_decision(database):
    with database.transaction() as session:
        assert say(session, ConsentState.SIGNALLED_OFF).state == "signalled_off"
        assert consent.state_of(session, "p") is None
        for state in (ConsentState.REFUSED, ConsentState.SIGNALLED_OFF):
            say(session, state)

    with database.reading() as session:
        assert consent.state_of(session, "p") == ConsentState.REFUSED


def test_purposes_and_people_are_decided_apart(database):
    with database.transaction() as session:
        say(session, ConsentState.GIVEN)
        say(session, ConsentState.REFUSED, Purpose.ATTENTION)
        say(session, ConsentState.REFUSED, principal="q")

    with database.reading() as session:
        assert consent.state_of(session, "p") == ConsentState.GIVEN
        assert consent.state_of(session, "p", Purpose.ATTENTION) == ConsentState.REFUSED
        assert consent.state_of(session, "p", Purpose.PERSONALISATION) is None


def test_a_copy_says_what_was_shown_and_decided_and_names_no_one(database, vault):
    principal = consent.principal_of(vault, "recipient-1", "campaign-1")
    with database.transaction() as session:
        receipt_id = say(session, ConsentState.GIVEN, principal=principal).id

    with database.reading() as session:
        (copy,) = consent.copies(session, [receipt_id])
    assert copy["event"] == {"state": "given", "time": "2026-11-21T12:00:00+00:00"}
    assert copy["notice"]["sha256"] == "ab" * 32
    assert copy["notice"]["language"] == "en"
    assert copy["purpose"] == "watch_tracking"
    assert "recipient-1" not in str(copy)


def test_the_pseudonym_is_another_in_another_campaign(vault):
    assert consent.principal_of(vault, "r", "a") != consent.principal_of(vault, "r", "b")
    assert consent.principal_of(vault, "r", "a") == consent.principal_of(vault, "r", "a")


@pytest.mark.parametrize(
    ("state", "tracked", "now"),
    [(None, False, "refused"), (None, True, "withdrawn"), ("given", True, "withdrawn"), ("refused", False, "refused")],
)
def test_a_no_is_a_refusal_or_a_withdrawal(state, tracked, now):
    said = ConsentState(state) if state else None

    assert consent.withdrawn_or_refused(said, was_tracked=tracked) == now


def test_suppression_holds_for_the_record_whatever_we_call_it_and_can_be_lifted(database, vault):
    pseudonym = pseudonym_of(vault, ExternalRef("installation", "contact", "77"))
    with database.transaction() as session:
        suppress(session, pseudonym, "asked us")
        suppress(session, pseudonym, "asked us twice")

    with database.transaction() as session:
        assert is_suppressed(session, pseudonym_of(vault, ExternalRef("installation", "contact", "77")))
        assert not is_suppressed(session, pseudonym_of(vault, ExternalRef("installation", "contact", "78")))
        lift(session, pseudonym)
        assert not is_suppressed(session, pseudonym)
