"""What is taken back is never sent; what is about another visit, record or CRM stands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from plugin.kernel.database import Database
from plugin.outbox.dead import retry_dead
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.lease import LEASE, claim
from plugin.outbox.models import Delivery
from plugin.outbox.ports import Dead, Message, Retry, Settlement
from plugin.outbox.recall import recall
from tests.conftest import NOW, HeldClock
from tests.plugin.outbox.fakes import BusyCrm, KeepingCrm


def draft(key: str, visit: str, *, subject: str = "contact:ana", installation: str = "i") -> Draft:
    return Draft(installation, key, "video.played", subject, {"visit_id": visit, "occurred_at": NOW.isoformat()})


def owe(database: Database, *drafts: Draft) -> None:
    with database.transaction() as session:
        enqueue(session, drafts, clock=lambda: NOW)


def take_back(database: Database, *visits: str) -> int:
    with database.transaction() as session:
        return recall(session, "i", "contact:ana", visits)


def left(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Delivery.key).order_by(Delivery.key)))


def test_only_what_is_about_these_visits_is_taken_back(database: Database, clock: HeldClock) -> None:
    others = [
        draft("b1", "second"),
        draft("c1", "first", subject="contact:ben"),
        draft("d1", "first", installation="other"),
    ]
    owe(database, draft("a1", "first"), draft("a2", "first"), *others)

    assert take_back(database, "first") == 2

    crm = KeepingCrm()
    while dispatch_once(database, lambda _: crm, clock=clock):
        pass
    assert sorted(crm.keys) == ["b1", "c1", "d1"]


def test_what_was_delivered_stands(database: Database, clock: HeldClock) -> None:
    owe(database, draft("a1", "first"))
    dispatch_once(database, lambda _: KeepingCrm(), clock=clock)

    assert take_back(database, "first") == 0
    assert left(database) == ["a1"]


def test_a_dead_message_cannot_be_sent_on_its_way_after_it_was_taken_back(database: Database, clock: HeldClock) -> None:
    owe(database, draft("a1", "first"))
    dispatch_once(database, lambda _: BusyCrm(lambda _: Dead("gone")), clock=clock)

    assert take_back(database, "first") == 1

    with database.transaction() as session:
        assert retry_dead(session, clock=clock) == 0


def test_what_is_in_flight_may_arrive_but_is_never_tried_again(database: Database, clock: HeldClock) -> None:
    owe(database, draft("a1", "first"))

    class StoppedMeanwhile(KeepingCrm):
        def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
            super().deliver(messages)
            take_back(database, "first")
            return [Retry("busy") for _ in messages]

    crm = StoppedMeanwhile()
    assert dispatch_once(database, lambda _: crm, clock=clock) == 0
    clock.now = NOW.replace(year=NOW.year + 1)
    dispatch_once(database, lambda _: crm, clock=clock)

    assert crm.keys == ["a1"]
    assert left(database) == []


def test_what_is_owed_behind_one_in_flight_waits_until_its_dispatcher_is_done(
    database: Database, clock: HeldClock
) -> None:
    owe(database, draft("a1", "first"))
    late = KeepingCrm()
    early: list[int] = []

    class StoppedMeanwhile(KeepingCrm):
        def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
            take_back(database, "first")
            owe(database, draft("forget", "first"))
            early.append(dispatch_once(database, lambda _: late, clock=clock))
            return super().deliver(messages)

    dispatch_once(database, lambda _: StoppedMeanwhile(), clock=clock)
    assert (early, late.keys, left(database)) == ([0], [], ["forget"])

    dispatch_once(database, lambda _: late, clock=clock)
    assert late.keys == ["forget"]


def test_one_taken_back_in_flight_goes_when_its_dispatcher_died(database: Database, clock: HeldClock) -> None:
    owe(database, draft("a1", "first"))
    with database.transaction() as session:
        claim(session, "i", limit=10, now=clock())
    take_back(database, "first")
    owe(database, draft("forget", "first"))

    clock.now += LEASE
    crm = KeepingCrm()
    dispatch_once(database, lambda _: crm, clock=clock)

    assert crm.keys == ["forget"]
    assert left(database) == ["forget"]
