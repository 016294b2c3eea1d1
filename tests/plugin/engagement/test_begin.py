"""A visit's beginning: whether it may be measured, and how little is kept of how it came in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from plugin.engagement.begin import Arrival, Begun, begin
from plugin.engagement.choose import agree, decline
from plugin.engagement.models import CampaignCount, Event, Visit, VisitDue
from plugin.engagement.request import RequestFacts
from plugin.kernel.errors import BadInput, NotFound
from plugin.links.models import Link
from plugin.privacy import consent
from plugin.privacy.consent import Notice
from plugin.privacy.models import ConsentReceipt, ConsentState
from plugin.privacy.suppress import suppress
from tests.conftest import NOW
from tests.plugin.engagement.visits import (
    beacon,
    count_rows,
    deliveries,
    make_open,
    make_visit,
    said,
    seen,
    settle_at,
    span,
    tell,
)

NOTICE = Notice("1", "en", "0" * 64, "consent", ("seconds played",), "Lumen", "its staff", "90 days", "one tap")
BROWSER = RequestFacts(declared=None, declared_name="", prefetch=False, not_navigated=False)


def opened_in(session, regime: str, link: Link | None = None) -> Any:
    """What `open_link` answers, as far as a visit needs it."""
    made = make_open(session, regime=regime)
    link = link or session.get_one(Link, made.link_id)
    plan = SimpleNamespace(duration_s=40.0, language="en")
    return SimpleNamespace(open_id=made.id, campaign_id=link.campaign_id, recipient_id=link.recipient_id, plan=plan)


def begun(session, vault, opened: Any, *, gpc: bool = False, receipts=(), **facts: Any) -> Begun:
    arrival = Arrival(
        facts=RequestFacts(**{**BROWSER.as_json(), **facts}),
        gpc=gpc,
        address="203.0.113.9",
        receipts=receipts,
        notice=NOTICE,
    )
    return begin(session, opened, arrival, vault=vault, clock=lambda: NOW)


def again(opened: Any, session) -> Any:
    """The same link opened once more."""
    other = opened_in(session, "consent")
    other.campaign_id, other.recipient_id = opened.campaign_id, opened.recipient_id
    return other


@pytest.mark.parametrize(
    ("regime", "gpc", "tracked"),
    [
        ("consent", False, False),
        ("consent", True, False),
        ("opt_out", False, True),
        ("opt_out", True, False),
        ("none", False, False),
        ("none", True, False),
    ],
)
def test_before_anyone_said_anything_the_regime_and_the_signal_decide(database, vault, regime, gpc, tracked):
    with database.transaction() as session:
        made = begun(session, vault, opened_in(session, regime), gpc=gpc)

    assert (made.tracked, made.regime, made.gpc) == (tracked, regime, gpc)
    with database.reading() as session:
        visit = session.get_one(Visit, made.visit_id)
        assert (visit.tracked, visit.started_at, visit.duration_s, visit.who) == (tracked, NOW, 40, "unknown")
        assert (visit.network is not None) == tracked


def test_neither_address_nor_user_agent_is_kept(database, vault):
    with database.transaction() as session:
        visit_id = begun(session, vault, opened_in(session, "opt_out")).visit_id

    with database.reading() as session:
        visit = session.get_one(Visit, visit_id)
        assert "203.0.113" not in repr([getattr(visit, column.name) for column in Visit.__table__.columns])


def test_a_yes_counts_in_the_browser_it_was_said_in_and_no_other(database, vault):
    with database.transaction() as session:
        opened = opened_in(session, "consent")
        first = begun(session, vault, opened)
        receipt = agree(session, first.visit_id, NOTICE, vault=vault, clock=lambda: NOW)
    with database.transaction() as session:
        assert session.get_one(Visit, first.visit_id).consent == "given"
        here = begun(session, vault, again(opened, session), receipts=[receipt.id])
        assert session.get_one(Visit, here.visit_id).consent == "given"
        elsewhere = begun(session, vault, again(opened, session), receipts=["someone-elses"])
        nowhere = begun(session, vault, again(opened, session))

    assert (here.tracked, here.state) == (True, ConsentState.GIVEN)
    assert [(one.tracked, one.state) for one in (elsewhere, nowhere)] == [(False, None)] * 2


def test_a_no_counts_everywhere(database, vault):
    with database.transaction() as session:
        opened = opened_in(session, "opt_out")
        first = begun(session, vault, opened)
        decline(session, first.visit_id, NOTICE, vault=vault)
    with database.transaction() as session:
        elsewhere = begun(session, vault, again(opened, session))

    assert (elsewhere.tracked, elsewhere.state) == (False, ConsentState.WITHDRAWN)


@pytest.mark.parametrize("regime", ["consent", "opt_out"])
@pytest.mark.parametrize("agreed_first", [False, True])
def test_where_a_no_was_said_it_outlasts_a_yes_said_elsewhere(database, vault, regime, agreed_first):
    with database.transaction() as session:
        opened = opened_in(session, regime)
        ours, theirs = (begun(session, vault, one).visit_id for one in (opened, again(opened, session)))
        held = [agree(session, ours, NOTICE, vault=vault).id] if agreed_first else []
        held.append(decline(session, ours, NOTICE, vault=vault).id)
        agree(session, theirs, NOTICE, vault=vault)
    with database.transaction() as session:
        here = begun(session, vault, again(opened, session), receipts=held)

    assert not here.tracked
    assert here.state in (ConsentState.REFUSED, ConsentState.WITHDRAWN)


def test_a_signal_neither_undoes_a_no_nor_anyones_yes(database, vault):
    with database.transaction() as session:
        opened = opened_in(session, "consent")
        visit_id = begun(session, vault, opened).visit_id
        no = decline(session, visit_id, NOTICE, vault=vault).id
        begun(session, vault, again(opened, session), receipts=[no], gpc=True)
        assert count_rows(session, ConsentReceipt) == 1
        assert begun(session, vault, again(opened, session), receipts=[no]).state == ConsentState.REFUSED
        yes = agree(session, visit_id, NOTICE, vault=vault).id

        signalled = begun(session, vault, again(opened, session), gpc=True)
        after = begun(session, vault, again(opened, session), receipts=[yes])

    assert (signalled.tracked, after.tracked, after.state) == (False, True, ConsentState.GIVEN)


def test_a_signal_is_put_on_record_once(database, vault):
    with database.transaction() as session:
        opened = opened_in(session, "opt_out")
        begun(session, vault, opened, gpc=True)
        begun(session, vault, again(opened, session), gpc=True)

    with database.reading() as session:
        assert session.scalars(select(ConsentReceipt.state)).all() == ["signalled_off"]


def test_under_a_signal_there_is_nothing_to_agree_to(database, vault):
    with database.transaction() as session:
        visit = make_visit(session, vault, tracked=False, gpc=True)
        other = make_visit(session, vault, tracked=False)
        none = make_visit(session, vault, tracked=False, regime="none")

        for visit_id, gpc in ((visit.id, False), (other.id, True), (none.id, False)):
            with pytest.raises(BadInput):
                agree(session, visit_id, NOTICE, vault=vault, gpc=gpc)
        assert count_rows(session, ConsentReceipt) == 0


def test_a_suppressed_person_is_not_measured_even_after_a_yes(database, vault):
    with database.transaction() as session:
        visit = make_visit(session, vault, tracked=False)
        suppress(session, visit.suppression, "asked us")
        opened = SimpleNamespace(
            open_id=make_open(session).id,
            campaign_id=visit.campaign_id,
            recipient_id=visit.recipient_id,
            plan=SimpleNamespace(duration_s=1.0),
        )
        receipt = agree(session, visit.id, NOTICE, vault=vault)

        assert not visit.tracked
        assert not begun(session, vault, opened, receipts=[receipt.id]).tracked


def test_a_no_stops_every_visit_of_that_person_at_once(database, vault):
    with database.transaction() as session:
        visit = make_visit(session, vault)
        other_tab = make_visit(session, vault, again=visit)
        someone_else = make_visit(session, vault)
    for one in (visit, other_tab, someone_else):
        tell(database, vault, one.id, [span(0, 5)])

    with database.transaction() as session:
        decline(session, visit.id, NOTICE, vault=vault)
    for one in (visit, other_tab, someone_else):
        tell(database, vault, one.id, [span(5, 10)])

    with database.reading() as session:
        kept = [session.scalars(select(Event.id).where(Event.visit_id == v.id)).all() for v in (visit, other_tab)]
        assert [len(events) for events in kept] == [1, 1]
        assert session.scalars(select(VisitDue.visit_id)).all() == [someone_else.id]


def test_a_no_before_any_yes_is_a_refusal_and_after_one_a_withdrawal(database, vault):
    with database.transaction() as session:
        visit = make_visit(session, vault, tracked=False)
        said = [
            decline(session, visit.id, NOTICE, vault=vault),
            agree(session, visit.id, NOTICE, vault=vault),
            decline(session, visit.id, NOTICE, vault=vault),
        ]

    states = [receipt.state for receipt in said]
    assert states == ["refused", "given", "withdrawn"]
    with database.reading() as session:
        copies = consent.copies(session, [receipt.id for receipt in said])
        assert [row["event"]["state"] for row in copies] == states


def test_openings_are_counted_without_names_and_machines_are_not(database, vault):
    with database.transaction() as session:
        opened = opened_in(session, "none")
        begun(session, vault, opened)
        begun(session, vault, again(opened, session))
        begun(session, vault, again(opened, session), declared="scanner")
        begun(session, vault, again(opened, session), prefetch=True)

    with database.reading() as session:
        (counted,) = session.scalars(select(CampaignCount))
        assert (counted.campaign_id, counted.day, counted.kind, counted.count) == (
            opened.campaign_id,
            NOW.date(),
            "video.opened",
            2,
        )


def test_there_is_no_choice_about_a_visit_that_is_not_there(database, vault):
    with database.transaction() as session, pytest.raises(NotFound):
        agree(session, "nothing", NOTICE, vault=vault)


def test_a_beacon_before_the_yes_leaves_nothing(database, vault):
    with database.transaction() as session:
        visit_id = make_visit(session, vault, tracked=False).id

    tell(database, vault, visit_id, [span(0, 5)])

    assert beacon(vault, visit_id, [])
    with database.reading() as session:
        assert count_rows(session, Event) == 0


def test_after_a_stop_nothing_of_that_campaigns_visits_is_sent(database, vault):
    with database.transaction() as session:
        stopped = make_visit(session, vault)
        earlier = make_visit(session, vault, again=stopped)
        someone_else = make_visit(session, vault)
        visits = [stopped.id, earlier.id, someone_else.id]
    for visit_id in visits:
        tell(database, vault, visit_id, [seen(20, 20, pointer=3), said("video.played", 1), span(0, 10)])
    settle_at(database, 120)
    with database.reading() as session:
        assert {delivery.payload["visit_id"] for delivery in deliveries(session)} == set(visits)

    with database.transaction() as session:
        decline(session, stopped.id, NOTICE, vault=vault)

    settle_at(database, 240)
    with database.reading() as session:
        assert {delivery.payload["visit_id"] for delivery in deliveries(session)} == {someone_else.id}


@pytest.mark.parametrize("gpc", [False, True])
def test_a_preview_measures_nothing_counts_nothing_and_says_nothing_for_the_person(database, vault, gpc):
    with database.transaction() as session:
        made = begun(session, vault, opened_in(session, "opt_out"), gpc=gpc, member=True, declared="preview")

    assert (made.preview, made.tracked) == (True, False)
    with database.reading() as session:
        assert count_rows(session, CampaignCount) == count_rows(session, ConsentReceipt) == 0
