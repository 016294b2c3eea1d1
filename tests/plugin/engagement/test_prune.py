"""What is promised to be forgotten is, in bounded batches; what is still needed stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from plugin.engagement.models import CampaignCount, Event, Visit, VisitDue
from plugin.engagement.prune import SNAPSHOT_DAYS, SUM_DAYS, Pruned, prune
from plugin.engagement.settle import reclassify, settle_due
from plugin.kernel.database import Database
from plugin.links.models import Link
from plugin.outbox.models import Attempt, Delivery, DeliveryStatus
from plugin.privacy.models import ConsentReceipt
from plugin.privacy.prune import PROOF_DAYS
from plugin.recipients.models import ProfileSnapshot
from tests.conftest import NOW
from tests.make import make_link
from tests.plugin.engagement.visits import count_rows, make_visit, said, seen, settle_at, span, tell

DAYS = 90


def prune_at(database: Database, now: datetime, *, limit: int = 1000) -> Pruned:
    return prune(database, event_days=DAYS, clock=lambda: now, limit=limit)


def counts(database: Database, *models: type) -> list[int]:
    with database.reading() as session:
        return [count_rows(session, model) for model in models]


def settle_deliveries(database: Database, status: DeliveryStatus, at: datetime) -> None:
    with database.transaction() as session:
        session.execute(update(Delivery).values(status=status, settled_at=at))


@pytest.fixture
def visit_id(database, vault) -> str:
    """Watched, settled, told."""
    with database.transaction() as session:
        visit_id = make_visit(session, vault).id
    tell(database, vault, visit_id, [seen(20, 20, pointer=3), said("video.played", 1), span(0, 10, at_s=11)])
    settle_at(database, 90)
    return visit_id


def test_events_go_after_their_days_and_the_visits_totals_stay(database, visit_id):
    (before,) = counts(database, Event)
    assert prune_at(database, NOW + timedelta(days=DAYS)).events == 0

    pruned = prune_at(database, NOW + timedelta(days=DAYS, minutes=2))

    assert pruned.events == before > 3
    assert counts(database, Event) == [0]
    with database.reading() as session:
        visit = session.get_one(Visit, visit_id)
        assert (visit.who, visit.coverage_s, visit.spans) == ("person", 10, [[0, 10]])


def test_a_visit_loses_all_its_events_or_none(database, vault, visit_id):
    with database.transaction() as session:
        later = make_visit(session, vault, started_at=NOW + timedelta(hours=6)).id
    tell(database, vault, visit_id, [span(10, 20, at_s=40_000)], after_s=40_000)
    tell(database, vault, later, [span(0, 5, at_s=40_000)], after_s=40_000)

    prune_at(database, NOW + timedelta(days=DAYS, hours=1))

    with database.reading() as session:
        assert set(session.scalars(select(Event.visit_id))) == {later}


def test_settled_again_a_visit_without_events_stays_as_it_was(database, visit_id):
    later = NOW + timedelta(days=DAYS + 1)
    prune_at(database, later)
    with database.transaction() as session:
        session.execute(update(Visit).values(verdict={"rule": 0}))
        assert reclassify(session, clock=lambda: later) == 0
        session.add(VisitDue(visit_id=visit_id, due_at=later))

    settle_due(database, clock=lambda: later)

    with database.reading() as session:
        assert session.get_one(Visit, visit_id).coverage_s == 10


def test_a_visit_that_left_no_events_is_looked_at_once(database, vault):
    with database.transaction() as session:
        make_visit(session, vault, tracked=False)
    later = NOW + timedelta(days=DAYS + 1)

    assert [prune_at(database, later).done for _ in range(2)] == [1, 0]


def test_one_round_deletes_a_batch_and_leaves_the_rest_for_the_next(database, vault):
    for _ in range(3):
        with database.transaction() as session:
            made = make_visit(session, vault).id
        tell(database, vault, made, [span(0, 5)])
    later = NOW + timedelta(days=DAYS + 1)

    assert [prune_at(database, later, limit=1).events for _ in range(4)] == [1, 1, 1, 0]


@pytest.mark.parametrize("status", [DeliveryStatus.DELIVERED, DeliveryStatus.DEAD])
def test_what_was_told_long_ago_is_forgotten_with_its_attempts(database, visit_id, status):
    settle_deliveries(database, status, NOW)
    with database.transaction() as session:
        one = session.scalars(select(Delivery.id).limit(1)).one()
        session.add(Attempt(delivery_id=one, outcome="retry", reason="busy"))
    owed, _ = counts(database, Delivery, Attempt)
    assert prune_at(database, NOW + timedelta(days=DAYS)).deliveries == 0

    assert prune_at(database, NOW + timedelta(days=DAYS + 1)).deliveries == owed > 0
    assert counts(database, Delivery, Attempt) == [0, 0]


def test_what_is_still_owed_stays_however_old(database, visit_id):
    (owed,) = counts(database, Delivery)

    prune_at(database, NOW + timedelta(days=900))

    assert counts(database, Delivery) == [owed]


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ({"expires_at": NOW + timedelta(days=1)}, True),
        ({"expires_at": NOW - timedelta(days=SNAPSHOT_DAYS - 1)}, True),
        ({"expires_at": NOW - timedelta(days=SNAPSHOT_DAYS + 1)}, False),
        ({"expires_at": NOW + timedelta(days=1), "revoked_at": NOW - timedelta(days=SNAPSHOT_DAYS + 1)}, False),
    ],
)
def test_a_snapshot_lasts_as_long_as_a_link_and_thirty_days(database, link, kept):
    with database.transaction() as session:
        ended = make_link(session, **link)
        read_at = NOW - timedelta(days=SNAPSHOT_DAYS + 5)
        session.add(ProfileSnapshot(recipient_id=ended.recipient_id, sealed=b"x", read_at=read_at))

    assert prune_at(database, NOW).snapshots == (0 if kept else 1)
    assert counts(database, ProfileSnapshot) == [1 if kept else 0]


def test_one_live_link_keeps_the_snapshot_whatever_became_of_the_others(database):
    with database.transaction() as session:
        live = make_link(session)
        ended = NOW - timedelta(days=SNAPSHOT_DAYS + 1)
        make_link(session, campaign_id=live.campaign_id, recipient_id=live.recipient_id, expires_at=ended)
        session.add(ProfileSnapshot(recipient_id=live.recipient_id, sealed=b"x", read_at=NOW - timedelta(days=99)))

    assert prune_at(database, NOW).snapshots == 0
    assert counts(database, Link, ProfileSnapshot) == [2, 1]


def test_sums_go_after_25_months(database, visit_id):
    with database.transaction() as session:
        session.add(CampaignCount(campaign_id="c", day=NOW.date(), kind="video.opened", count=3))
    prune_at(database, NOW + timedelta(days=SUM_DAYS))
    (visits, days) = counts(database, Visit, CampaignCount)

    pruned = prune_at(database, NOW + timedelta(days=SUM_DAYS + 1))

    assert visits == 1
    assert pruned.sums == visits + days
    assert counts(database, Visit, CampaignCount) == [0, 0]


def test_a_choice_in_force_stays_and_its_forerunner_goes_after_three_years(database):
    def receipt(state: str, at: datetime, principal: str = "p") -> ConsentReceipt:
        return ConsentReceipt(
            principal=principal, campaign_id="c", purpose="watch_tracking", state=state, at=at, notice={}
        )

    changed = NOW + timedelta(days=10)
    with database.transaction() as session:
        session.add_all([receipt("given", NOW), receipt("withdrawn", changed), receipt("given", NOW, "q")])

    early = prune_at(database, changed + timedelta(days=PROOF_DAYS))
    late = prune_at(database, changed + timedelta(days=PROOF_DAYS, minutes=1))

    assert (early.proofs, late.proofs) == (0, 1)
    with database.reading() as session:
        kept = session.execute(select(ConsentReceipt.principal, ConsentReceipt.state)).all()
    assert sorted(map(tuple, kept)) == [("p", "withdrawn"), ("q", "given")]
