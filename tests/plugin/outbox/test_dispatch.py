"""Delivering: item by item, through trouble, in order, once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from threading import Event, Thread

from sqlalchemy import select

from plugin.kernel.database import Database
from plugin.kernel.errors import NotFound, SegueError
from plugin.outbox.circuits import Circuits
from plugin.outbox.dead import dead_letters, retry_dead
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.health import health
from plugin.outbox.lease import LEASE
from plugin.outbox.models import Attempt, Delivery
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Untried
from plugin.outbox.schedule import RetryPolicy
from tests.conftest import NOW, HeldClock
from tests.plugin.outbox.fakes import BusyCrm, KeepingCrm, drafts


def owe(database: Database, *names: str, subject: str = "contact:ana", installation: str = "i") -> None:
    with database.transaction() as session:
        enqueue(session, drafts(installation, *names, subject=subject), clock=lambda: NOW)


def state(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return dict(session.execute(select(Delivery.key, Delivery.status)).all())


def one(database: Database, key: str) -> Delivery:
    with database.reading() as session:
        return session.scalars(select(Delivery).where(Delivery.key == key)).one()


def test_what_is_owed_is_delivered_in_order_and_once(database: Database, clock: HeldClock) -> None:
    crm = KeepingCrm()
    owe(database, "a1", "a2", "a3")

    assert dispatch_once(database, lambda _: crm, clock=clock) == 3
    assert dispatch_once(database, lambda _: crm, clock=clock) == 0
    assert crm.keys == ["a1", "a2", "a3"]
    assert set(state(database).values()) == {"delivered"}


def test_the_batch_is_the_largest_the_connector_takes(database: Database, clock: HeldClock) -> None:
    crm = KeepingCrm()
    crm.max_batch = 4
    owe(database, *(f"a{n}" for n in range(10)))

    while dispatch_once(database, lambda _: crm, clock=clock):
        pass

    assert crm.batches == [4, 4, 2]


def test_the_message_carries_when_it_happened(database: Database, clock: HeldClock) -> None:
    crm = KeepingCrm()
    owe(database, "a1")

    dispatch_once(database, lambda _: crm, clock=clock)

    assert crm.told[0].occurred_at == datetime.fromisoformat("2026-11-21T11:00:00+00:00")


def test_each_message_of_a_batch_is_settled_on_its_own(database: Database, clock: HeldClock) -> None:
    answers = {"ok": Delivered(), "later": Retry("The CRM is busy.", 30), "never": Dead("No such contact.")}
    crm = BusyCrm(lambda message: answers[message.key])
    for name in answers:
        owe(database, name, subject=f"contact:{name}")

    dispatch_once(database, lambda _: crm, clock=clock)

    assert state(database) == {"ok": "delivered", "later": "pending", "never": "dead"}
    assert one(database, "later").due_at >= NOW + timedelta(seconds=30)
    assert one(database, "never").reason == "No such contact."
    with database.reading() as session:
        assert {attempt.outcome for attempt in session.scalars(select(Attempt))} == {"retry", "dead"}


def test_what_a_batch_did_not_come_to_is_anybodys_at_once_and_no_try_is_counted(
    database: Database, clock: HeldClock
) -> None:
    crm = BusyCrm(lambda message: Untried() if message.key == "rest" and len(crm.told) < 3 else Delivered())
    owe(database, "first", subject="contact:first")
    owe(database, "rest", subject="contact:rest")

    dispatch_once(database, lambda _: crm, clock=clock)

    rest = one(database, "rest")
    assert (rest.status, rest.attempts, rest.lease, rest.reason) == ("pending", 0, None, None)
    with database.reading() as session:
        assert session.scalars(select(Attempt)).all() == []
    assert dispatch_once(database, lambda _: crm, clock=clock) == 1
    assert set(state(database).values()) == {"delivered"}


def test_an_exception_puts_all_off_without_quoting_it(database: Database, clock: HeldClock) -> None:
    crm = BusyCrm(lambda _: ValueError("ana@example.org broke it"))
    owe(database, "a1", "a2")

    dispatch_once(database, lambda _: crm, clock=clock)

    assert set(state(database).values()) == {"pending"}
    assert one(database, "a1").attempts == 1
    assert one(database, "a1").reason == "The connector failed (ValueError); the log has the details."
    assert one(database, "a1").due_at == one(database, "a2").due_at


def test_too_few_answers_count_as_none(database: Database, clock: HeldClock) -> None:
    class Mumbling(KeepingCrm):
        def deliver(self, messages):
            return [Delivered()]

    owe(database, "a1", "a2")

    dispatch_once(database, lambda _: Mumbling(), clock=clock)

    assert set(state(database).values()) == {"pending"}


def test_no_connector_says_so_and_waits(database: Database, clock: HeldClock) -> None:
    def nobody(_: str) -> KeepingCrm:
        raise NotFound("no connector for this installation")

    owe(database, "a1")

    dispatch_once(database, nobody, clock=clock)

    assert "Connect the CRM again" in str(one(database, "a1").reason)


def test_a_message_that_is_put_off_too_often_dies_with_the_last_reason(database: Database, clock: HeldClock) -> None:
    crm = BusyCrm(lambda _: Retry("The record is locked."))
    owe(database, "a1")

    for _ in range(3):
        dispatch_once(database, lambda _: crm, clock=clock, policy=RetryPolicy(max_attempts=3))
        clock.now += timedelta(hours=1)

    assert state(database) == {"a1": "dead"}
    assert "The record is locked." in str(one(database, "a1").reason)


def test_a_dead_letter_lets_the_next_pass_and_can_be_sent_again(database: Database, clock: HeldClock) -> None:
    mended = Event()
    crm = BusyCrm(lambda message: Dead("Bad.") if message.key == "a1" and not mended.is_set() else Delivered())
    owe(database, "a1", "a2")
    dispatch_once(database, lambda _: crm, clock=clock)
    assert state(database) == {"a1": "dead", "a2": "delivered"}
    mended.set()
    clock.now += timedelta(days=30)

    with database.transaction() as session:
        letters = dead_letters(session)
        assert [letter.key for letter in letters] == ["a1"]
        assert retry_dead(session, [letters[0].id], clock=clock) == 1
    dispatch_once(database, lambda _: crm, clock=clock)

    assert state(database) == {"a1": "delivered", "a2": "delivered"}


def test_health_names_what_waits_what_died_and_the_last_error(database: Database, clock: HeldClock) -> None:
    answers = {"ok": Delivered(), "later": Retry("Busy."), "never": Dead("No such contact.")}
    for name in answers:
        owe(database, name, subject=f"contact:{name}")
    dispatch_once(database, lambda _: BusyCrm(lambda message: answers[message.key]), clock=clock)
    clock.now += timedelta(minutes=1)

    with database.reading() as session:
        found = health(session, clock=clock)

    assert (found.pending, found.waiting, found.dead, found.delivered) == (1, 1, 1, 1)
    assert found.oldest_age_s == 60
    assert found.last_error == "No such contact."


def test_a_crm_that_keeps_failing_is_left_alone_and_burns_no_attempts(database: Database, clock: HeldClock) -> None:
    crm = BusyCrm(lambda _: SegueError("the CRM answers 503"))
    circuits = Circuits(fail_max=2, reset_s=3600, clock=clock)
    for n in range(4):
        owe(database, f"a{n}", subject=f"contact:{n}")
    crm.max_batch = 1

    for _ in range(4):
        dispatch_once(database, lambda _: crm, clock=clock, circuits=circuits)

    assert len(crm.batches) == 2
    assert circuits.of("i").is_open
    assert [one(database, f"a{n}").attempts for n in range(4)] == [1, 1, 0, 0]


def test_after_its_rest_one_batch_tries_the_ground_and_closes_the_breaker(database: Database, clock: HeldClock) -> None:
    down = Event()
    down.set()
    crm = BusyCrm(lambda _: SegueError("down") if down.is_set() else Delivered())
    circuits = Circuits(fail_max=1, reset_s=0, clock=clock)
    owe(database, "a1")
    dispatch_once(database, lambda _: crm, clock=clock, circuits=circuits)
    down.clear()
    clock.now += timedelta(minutes=1)

    assert dispatch_once(database, lambda _: crm, clock=clock, circuits=circuits) == 1
    assert state(database) == {"a1": "delivered"}


def test_one_crm_being_down_does_not_keep_another_waiting(database: Database, clock: HeldClock) -> None:
    fine = KeepingCrm()
    crms = {"i": BusyCrm(lambda _: SegueError("down")), "j": fine}
    circuits = Circuits(fail_max=1, reset_s=3600, clock=clock)
    owe(database, "a1")
    dispatch_once(database, crms.__getitem__, clock=clock, circuits=circuits)
    owe(database, "b1", installation="j")

    dispatch_once(database, crms.__getitem__, clock=clock, circuits=circuits)

    assert fine.keys == ["b1"]


def test_a_rate_limit_quiets_the_whole_account_until_it_is_over(database: Database, clock: HeldClock) -> None:
    crm = BusyCrm(lambda _: Retry("Rate limited.", 10))
    circuits = Circuits(clock=clock)
    owe(database, "a1")
    dispatch_once(database, lambda _: crm, clock=clock, circuits=circuits)
    owe(database, "b1", subject="contact:ben")

    dispatch_once(database, lambda _: crm, clock=clock, circuits=circuits)
    assert len(crm.batches) == 1

    clock.now += timedelta(seconds=13)
    dispatch_once(database, lambda _: crm, clock=clock, circuits=circuits)
    assert len(crm.batches) == 2


def test_an_answer_that_comes_after_the_lease_ended_settles_nothing(database: Database, clock: HeldClock) -> None:
    quick = KeepingCrm()

    def slow(_: Message) -> Delivered:
        clock.now += LEASE
        dispatch_once(database, lambda _: quick, clock=clock)
        return Dead("too late to say so")  # type: ignore[return-value]

    owe(database, "a1")

    assert dispatch_once(database, lambda _: BusyCrm(slow), clock=clock) == 0
    assert state(database) == {"a1": "delivered"}


def test_many_dispatchers_at_once_lose_nothing_and_keep_each_subjects_order(database: Database) -> None:
    crm = KeepingCrm()
    crm.max_batch = 7
    wanted = [Draft("i", f"{n}", "video.played", f"contact:{n % 5}", {}) for n in range(200)]
    with database.transaction() as session:
        enqueue(session, wanted)

    def work() -> None:
        idle = 0
        while idle < 5:
            idle = 0 if dispatch_once(database, lambda _: crm, draw=random.uniform) else idle + 1

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while dispatch_once(database, lambda _: crm):
        pass

    assert Counter(crm.keys) == Counter(str(n) for n in range(200))
    for subject in range(5):
        theirs = [int(key) for key in crm.keys if int(key) % 5 == subject]
        assert theirs == sorted(theirs)
