"""Who may deliver what, and in which order."""

from __future__ import annotations

from datetime import timedelta

from plugin.kernel.database import Database
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.lease import LEASE, claim, installations_owed
from plugin.outbox.models import Delivery
from tests.conftest import NOW
from tests.plugin.outbox.fakes import drafts


def owe(database: Database, wanted: list[Draft]) -> None:
    with database.transaction() as session:
        enqueue(session, wanted, clock=lambda: NOW)


def take(database: Database, *, limit: int = 100, now=NOW) -> list[str]:
    with database.transaction() as session:
        return [owed.message.key for owed in claim(session, "i", limit=limit, now=now).owed]


def put_off(database: Database, key: str, **by: float) -> None:
    with database.transaction() as session:
        session.query(Delivery).filter_by(key=key).update({"due_at": NOW + timedelta(**by)})


def test_a_subjects_messages_go_together_in_order(database: Database) -> None:
    owe(database, drafts("i", "a1", "a2", "a3"))

    assert take(database) == ["a1", "a2", "a3"]


def test_what_is_leased_is_not_taken_again_until_the_lease_ends(database: Database) -> None:
    owe(database, drafts("i", "a1", "a2"))
    take(database)

    assert take(database) == []
    assert take(database, now=NOW + LEASE) == ["a1", "a2"]


def test_a_later_message_waits_while_an_earlier_one_is_leased(database: Database) -> None:
    owe(database, drafts("i", "a1"))
    take(database)
    owe(database, [*drafts("i", "a2"), *drafts("i", "b1", subject="contact:ben")])

    assert take(database) == ["b1"]


def test_a_later_message_waits_while_an_earlier_one_waits_for_its_retry(database: Database) -> None:
    owe(database, drafts("i", "a1", "a2"))
    put_off(database, "a1", minutes=5)

    assert take(database) == []
    assert take(database, now=NOW + timedelta(minutes=5)) == ["a1", "a2"]


def test_a_batch_stops_before_a_subjects_first_that_waits(database: Database) -> None:
    owe(database, drafts("i", "a1", "a2", "a3"))
    put_off(database, "a2", minutes=5)

    assert take(database) == ["a1"]


def test_a_full_batch_cuts_a_subject_from_behind(database: Database) -> None:
    owe(database, [*drafts("i", "a1", "a2"), *drafts("i", "b1", subject="contact:ben"), *drafts("i", "a3")])

    assert take(database, limit=3) == ["a1", "a2", "b1"]
    assert take(database) == []


def test_a_long_queue_behind_one_that_waits_does_not_hide_the_others(database: Database) -> None:
    owe(database, drafts("i", *(f"a{n}" for n in range(50))))
    owe(database, drafts("i", "b1", subject="contact:ben"))
    put_off(database, "a0", minutes=5)

    assert take(database, limit=5) == ["b1"]


def test_only_installations_with_something_due_are_named(database: Database) -> None:
    owe(database, [*drafts("i", "a"), *drafts("j", "b"), *drafts("k", "c")])
    put_off(database, "b", minutes=1)

    with database.reading() as session:
        assert installations_owed(session, NOW) == ["i", "k"]


def test_two_claims_at_once_never_share_a_subject(postgres: Database) -> None:
    owe(postgres, [*drafts("i", "a1", "a2"), *drafts("i", "b1", subject="contact:ben")])
    try:
        with postgres.transaction() as first:
            held = claim(first, "i", limit=1, now=NOW)
            with postgres.transaction() as second:
                others = claim(second, "i", limit=10, now=NOW)

        assert [owed.message.key for owed in held.owed] == ["a1"]
        assert [owed.message.key for owed in others.owed] == ["b1"]
    finally:
        with postgres.transaction() as session:
            session.query(Delivery).delete()


def test_a_batch_is_about_as_many_subjects_as_it_may_though_each_has_many_messages(database: Database) -> None:
    owe(
        database,
        [each for n in range(8) for each in drafts("i", *(f"{n}{k}" for k in range(9)), subject=f"contact:{n}")],
    )

    with database.transaction() as session:
        taken = claim(session, "i", limit=100, subjects=6, now=NOW)

    assert len({owed.message.subject for owed in taken.owed}) == 6
    assert len(taken.owed) == 54
