"""The yes and the no to the camera: offered where it may be, in force at once, undone everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.local.connector import LocalCrm
from connectors.local.models import Activity, Engagement
from plugin.campaigns.models import Campaign
from plugin.engagement.attention import consent
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.attention.models import AttentionSecond, AttentionVisit
from plugin.engagement.choose import decline
from plugin.engagement.models import Visit
from plugin.engagement.prune import prune
from plugin.kernel.errors import BadInput
from plugin.outbox.dispatch import dispatch_once
from plugin.privacy import suppress
from plugin.privacy.consent import principal_of, state_of
from plugin.privacy.models import ConsentState, Purpose
from plugin.recipients.models import Recipient
from tests.conftest import NOW
from tests.make import make_contact
from tests.plugin.engagement.attention.pages import NOTICE, make_asked, make_attentive, second, told, watched
from tests.plugin.engagement.visits import count_rows, deliveries, make_visit, settle_at

LATER = NOW + timedelta(minutes=3)


def answer(database, vault, visit_id: str, how, *, at=LATER, **given):
    with database.transaction() as session:
        return how(session, visit_id, NOTICE, vault=vault, clock=lambda: at, **given)


def offered(database, vault, visit_id: str, *, gpc: bool = False) -> bool:
    with database.reading() as session:
        return consent.is_offered(session, visit_id, vault=vault, gpc=gpc)


def deliver(database, visit_id: str, at) -> None:
    """To the embedded CRM, whose contact the visit's person is."""
    with database.reading() as session:
        visit = session.get_one(Visit, visit_id)
        installation = session.get_one(Recipient, visit.recipient_id).installation_id
    crm = LocalCrm(database, installation, clock=lambda: at)
    while dispatch_once(database, lambda _: crm, clock=lambda: at):
        pass


def attentive_in_the_crm(database, vault) -> str:
    """A visit that was watched, settled, and told to the CRM with its share."""
    visit_id = make_attentive(database, vault)
    with database.transaction() as session:
        recipient = session.get_one(Recipient, session.get_one(Visit, visit_id).recipient_id)
        make_contact(session, recipient.installation_id, recipient.external_id, first_name="Ana")
    watched(database, vault, visit_id)
    told(database, vault, visit_id, [second(at, 0.8) for at in range(20)])
    settle_at(database, 120)
    deliver(database, visit_id, NOW + timedelta(seconds=121))
    return visit_id


def in_the_crm(database, visit_id: str) -> dict:
    with database.reading() as session:
        return session.get_one(Engagement, visit_id).payload


# -- asking --------------------------------------------------------------------


def test_it_is_offered_only_where_the_campaign_asks_and_watching_is_measured(database, vault):
    with database.transaction() as session:
        asked = make_asked(session, vault).id
        not_asking = make_asked(session, vault, attention=False).id
        unmeasured = make_asked(session, vault, tracked=False).id
        preview = make_asked(session, vault, evidence={"member": True}).id
        signalled = make_asked(session, vault, gpc=True).id
        suppressed = make_asked(session, vault)
        suppress.suppress(session, suppressed.suppression, "asked")

    assert offered(database, vault, asked)
    assert not offered(database, vault, asked, gpc=True)
    for visit_id in (not_asking, unmeasured, preview, signalled, suppressed.id, "no-such-visit"):
        assert not offered(database, vault, visit_id)


@pytest.mark.parametrize("why", ["campaign", "tracked", "gpc", "member", "suppressed"])
def test_a_yes_where_nothing_is_asked_is_not_taken(database, vault, why):
    with database.transaction() as session:
        visit = make_asked(session, vault, attention=why != "campaign", tracked=why != "tracked", gpc=why == "gpc")
        if why == "member":
            visit.evidence = {"member": True}
        if why == "suppressed":
            suppress.suppress(session, visit.suppression, "asked")
        visit_id = visit.id

    with pytest.raises(BadInput):
        answer(database, vault, visit_id, consent.allow)
    with database.reading() as session:
        assert count_rows(session, AttentionVisit) == 0


def test_after_a_no_nobody_is_asked_again_in_this_campaign(database, vault):
    with database.transaction() as session:
        first = make_asked(session, vault)
        again = make_visit(session, vault, again=first).id
        elsewhere = make_asked(session, vault).id
        first_id = first.id

    receipt = answer(database, vault, first_id, consent.withdraw)

    assert receipt.state == ConsentState.REFUSED
    assert receipt.purpose == Purpose.ATTENTION
    assert not offered(database, vault, first_id)
    assert not offered(database, vault, again)
    assert offered(database, vault, elsewhere)


def test_a_yes_is_for_one_visit_and_says_nothing_of_watching(database, vault):
    visit_id = make_attentive(database, vault)
    with database.transaction() as session:
        again = make_visit(session, vault, again=session.get_one(Visit, visit_id)).id
        principal = principal_of(vault, *_person(session, visit_id))

        assert state_of(session, principal, Purpose.ATTENTION) == ConsentState.GIVEN
        assert state_of(session, principal, Purpose.WATCH_TRACKING) is None
    assert told(database, vault, again, [second(1)]) == 0
    assert offered(database, vault, again)


def _person(session, visit_id: str) -> tuple[str, str]:
    visit = session.get_one(Visit, visit_id)
    return visit.recipient_id, visit.campaign_id


# -- taking back ---------------------------------------------------------------


def test_what_is_withdrawn_is_gone_here_in_our_copies_and_in_the_crm(database, vault):
    visit_id = attentive_in_the_crm(database, vault)
    assert in_the_crm(database, visit_id)["attention"] == {"share": 0.8, "seconds": 20, "quality": 1.0}

    receipt = answer(database, vault, visit_id, consent.withdraw)
    deliver(database, visit_id, LATER + timedelta(seconds=1))

    assert receipt.state == ConsentState.WITHDRAWN
    with database.reading() as session:
        assert count_rows(session, AttentionSecond) == count_rows(session, AttentionVisit) == 0
        owed = deliveries(session)
        assert all("attention" not in delivery.payload for delivery in owed)
        assert [delivery.status for delivery in owed if delivery.kind == WITHDRAWN] == ["delivered"]
        # The withdrawal itself is nobody's business on a timeline.
        assert all("attention" not in kind for kind in session.scalars(select(Activity.kind)))
    left = in_the_crm(database, visit_id)
    assert "attention" not in left
    assert left["coverage_s"] == 20


def test_a_summary_on_its_way_when_it_was_withdrawn_is_cleared_behind(database, vault):
    visit_id = make_attentive(database, vault)
    with database.transaction() as session:
        recipient = session.get_one(Recipient, session.get_one(Visit, visit_id).recipient_id)
        make_contact(session, recipient.installation_id, recipient.external_id)
    watched(database, vault, visit_id)
    told(database, vault, visit_id, [second(at) for at in range(20)])
    settle_at(database, 120)

    answer(database, vault, visit_id, consent.withdraw)
    with database.reading() as session:
        assert all("attention" not in delivery.payload for delivery in deliveries(session))
    deliver(database, visit_id, LATER + timedelta(seconds=1))

    assert "attention" not in in_the_crm(database, visit_id)


def test_one_withdrawal_takes_back_every_visit_of_that_person_and_no_one_elses(database, vault):
    mine, other = make_attentive(database, vault), make_attentive(database, vault)
    with database.transaction() as session:
        again = make_visit(session, vault, again=session.get_one(Visit, mine)).id
        consent.allow(session, again, NOTICE, vault=vault, clock=lambda: NOW)
    for visit_id in (mine, again, other):
        told(database, vault, visit_id, [second(1)])

    answer(database, vault, again, consent.withdraw)

    with database.reading() as session:
        assert session.scalars(select(AttentionSecond.visit_id)).all() == [other]


def test_a_no_to_being_measured_ends_it_as_well_and_no_later_stop_holds_the_word_back(database, vault):
    visit_id = attentive_in_the_crm(database, vault)

    answer(database, vault, visit_id, decline)
    # A second tap recalls what is owed, but never the word to forget.
    answer(database, vault, visit_id, decline, at=LATER + timedelta(seconds=1))
    deliver(database, visit_id, LATER + timedelta(seconds=2))

    assert "attention" not in in_the_crm(database, visit_id)
    assert told(database, vault, visit_id, [second(2)]) == 0


def test_after_thirty_days_it_is_forgotten_in_the_crm_too(database, vault):
    visit_id = attentive_in_the_crm(database, vault)
    at = NOW + timedelta(days=29)
    assert prune(database, event_days=90, clock=lambda: at).attention == 0

    at = NOW + timedelta(days=30, seconds=1)
    gone = prune(database, event_days=90, clock=lambda: at)
    deliver(database, visit_id, at)

    assert gone.attention == 1
    assert "attention" not in in_the_crm(database, visit_id)
    with database.reading() as session:
        assert count_rows(session, AttentionSecond) == count_rows(session, AttentionVisit) == 0


def test_switching_the_campaign_off_stops_new_questions_and_keeps_no_one_from_stopping(database, vault):
    visit_id = make_attentive(database, vault)
    with database.transaction() as session:
        visit = session.get_one(Visit, visit_id)
        session.get_one(Campaign, visit.campaign_id).attention = False
        again = make_visit(session, vault, again=visit).id

    assert not offered(database, vault, again)
    assert answer(database, vault, visit_id, consent.withdraw).state == ConsentState.WITHDRAWN


# -- pictures to the server ----------------------------------------------------


def test_the_second_yes_needs_the_first_and_goes_with_it(database, vault):
    with database.transaction() as session:
        unasked = make_asked(session, vault).id
    with pytest.raises(BadInput):
        answer(database, vault, unasked, consent.allow_server)

    visit_id = make_attentive(database, vault)
    answer(database, vault, visit_id, consent.allow_server)
    with database.reading() as session:
        assert session.get_one(AttentionVisit, visit_id).on_server
        principal = principal_of(vault, *_person(session, visit_id))

    answer(database, vault, visit_id, consent.withdraw, at=LATER + timedelta(seconds=1))

    with database.reading() as session:
        assert state_of(session, principal, Purpose.ATTENTION_SERVER) == ConsentState.WITHDRAWN
        assert count_rows(session, AttentionVisit) == 0


def test_a_no_to_the_second_question_leaves_the_first_answer(database, vault):
    visit_id = make_attentive(database, vault)

    receipt = answer(database, vault, visit_id, consent.refuse_server)

    assert receipt.state == ConsentState.REFUSED
    with database.reading() as session:
        assert not session.get_one(AttentionVisit, visit_id).on_server
