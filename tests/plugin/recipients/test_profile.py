"""What is known of one recipient right now, and what stands in."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.recipients.live import LiveReads
from plugin.recipients.models import ProfileSnapshot
from plugin.recipients.ports import ExternalRef, ProfileSource
from plugin.recipients.profile import UNKNOWN, Reading, read_profile, settle_reading, snapshot_of
from tests.conftest import NOW
from tests.make import make_installation, make_recipient
from tests.plugin.recipients.crms import DownCrm, ForgetfulCrm, FullCrm, SlowCrm

PATHS = ("contact.first_name", "contact.points")


class People:
    """Two recipients and the way their profiles are read."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        self.reads = LiveReads()
        with database.transaction() as session:
            installation = make_installation(session)
            self.ada, self.eve = (make_recipient(session, installation.id).id for _ in range(2))
            self.ref = ExternalRef(installation.id, "contact", "1")

    def read(self, source: ProfileSource, *, budget_s: float = 30, paths: tuple[str, ...] = PATHS) -> Reading:
        return read_profile(
            self.database, self.vault, source, self.ada, self.ref, paths, budget_s=budget_s, reads=self.reads
        )

    def settle(self, reading: Reading, paths: tuple[str, ...] = PATHS) -> None:
        with self.database.transaction() as session:
            settle_reading(session, self.vault, self.ada, paths, reading)

    def snapshot(self, recipient_id: str | None = None, paths: tuple[str, ...] = PATHS) -> Reading:
        with self.database.reading() as session:
            return snapshot_of(session, self.vault, recipient_id or self.ada, paths)


@pytest.fixture
def people(database: Database, vault: Vault) -> People:
    return People(database, vault)


def test_a_live_answer_is_used_and_stands_in_later(people: People) -> None:
    live = people.read(FullCrm(first_name="Ada", points=12))
    people.settle(live)

    later = people.read(DownCrm())

    assert (live.live, live.read_at) == (True, NOW)
    assert later.values == {"contact.first_name": "Ada", "contact.points": 12}
    assert (later.live, later.read_at) == (False, NOW)


def test_without_a_snapshot_a_dead_crm_leaves_nothing_known(people: People) -> None:
    assert people.read(DownCrm()) == UNKNOWN


def test_a_crm_that_hangs_costs_the_budget_and_then_the_snapshot_stands_in(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="Ada")))
    crm = SlowCrm(NOW + timedelta(days=1), first_name="Adele")

    stood_in = people.read(crm, budget_s=0.02)
    assert not crm.answered.is_set()
    crm.answer.set()

    assert stood_in.values == {"contact.first_name": "Ada"}
    assert eventually(lambda: people.snapshot().values == {"contact.first_name": "Adele"})


def test_nothing_is_held_open_while_the_crm_is_asked(people: People) -> None:
    """On SQLite a transaction held open would make this write wait for its five seconds and fail."""

    class WritingCrm(FullCrm):
        def read(self, *given: Any, **more: Any) -> Any:
            with people.database.transaction() as session:
                make_installation(session)
            return super().read(*given, **more)

    assert people.read(WritingCrm(first_name="Ada")).values == {"contact.first_name": "Ada"}


def test_a_person_the_crm_no_longer_has_is_forgotten(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="Ada")))

    gone = people.read(ForgetfulCrm())
    people.settle(gone)

    assert (gone.values, gone.gone) == ({}, True)
    assert people.snapshot() == UNKNOWN
    with people.database.reading() as session:
        assert session.scalars(select(ProfileSnapshot)).all() == []


def test_a_value_removed_from_the_record_is_removed_from_the_snapshot(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="Ada", points=12)))
    people.settle(people.read(FullCrm(NOW + timedelta(hours=1), first_name="Ada")))

    assert people.snapshot().values == {"contact.first_name": "Ada"}


def test_of_two_readings_the_later_counts_whichever_is_settled_first(people: People) -> None:
    early, late = FullCrm(first_name="Ada"), FullCrm(NOW + timedelta(hours=1), first_name="Adele")

    people.settle(people.read(late))
    people.settle(people.read(early))

    assert people.snapshot().values == {"contact.first_name": "Adele"}


def test_campaigns_share_a_snapshot_and_each_value_keeps_its_age(people: People) -> None:
    plan = ("contact.plan",)
    people.settle(people.read(FullCrm(first_name="Ada")))
    people.settle(people.read(FullCrm(NOW + timedelta(days=2), plan="Team"), paths=plan), plan)

    assert people.snapshot(paths=plan).read_at == NOW + timedelta(days=2)
    assert people.snapshot().values == {"contact.first_name": "Ada"}
    assert people.snapshot(paths=(*PATHS, *plan)).read_at == NOW


def test_only_the_paths_asked_for_are_sealed(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="Ada", salary=90_000)))

    assert people.snapshot(paths=("contact.salary",)) == UNKNOWN


def test_a_snapshot_says_nothing_without_the_master_secret(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="Canary-7f3")))

    with people.database.reading() as session:
        sealed = session.scalars(select(ProfileSnapshot.sealed)).one()

    assert b"Canary" not in sealed


def test_a_snapshot_moved_to_another_row_can_not_be_read(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="Ada")))

    with people.database.transaction() as session:
        session.execute(update(ProfileSnapshot).values(recipient_id=people.eve))

    assert people.snapshot(people.eve) == UNKNOWN


def test_odd_values_are_kept_as_plain_ones_or_not_at_all(people: People) -> None:
    people.settle(people.read(FullCrm(first_name="\ud800 A\x00da" * 5_000, points=10**500)))

    assert list(people.snapshot().values) == ["contact.first_name"]


def eventually(true: Any) -> bool:
    """Wait for another thread's doing."""
    for _ in range(600):
        if true():
            return True
        threading.Event().wait(0.05)
    return False


def test_the_same_values_are_kept_again_after_a_minute_and_others_at_once(people: People) -> None:
    def settle(value: object, later_s: float) -> Reading:
        at = NOW + timedelta(seconds=later_s)
        people.settle(Reading({"contact.points": value}, at, live=True))
        return people.snapshot()

    first, again, later, other = settle(1, 0), settle(1, 59), settle(1, 60), settle(2, 61)

    assert [reading.read_at for reading in (first, again, later, other)] == [
        NOW,
        NOW,
        NOW + timedelta(seconds=60),
        NOW + timedelta(seconds=61),
    ]
    assert other.values == {"contact.points": 2}
    assert settle(True, 62).values == {"contact.points": True}
    assert settle(1, 63).values["contact.points"] is not True
