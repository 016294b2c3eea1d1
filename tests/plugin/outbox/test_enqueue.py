"""What is owed is written once, with its cause."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from plugin.kernel.database import Database
from plugin.outbox.enqueue import enqueue
from plugin.outbox.models import Delivery
from tests.plugin.outbox.fakes import drafts


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Delivery)) or 0


def test_the_same_key_twice_is_owed_once(database: Database) -> None:
    with database.transaction() as session:
        enqueue(session, drafts("i", "a", "b"))

        enqueue(session, drafts("i", "b", "c"))

    assert count(database) == 3


def test_a_cause_rolled_back_owes_nothing(database: Database) -> None:
    def cause_that_fails() -> None:
        with database.transaction() as session:
            enqueue(session, drafts("i", "a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cause_that_fails()

    assert count(database) == 0


def test_nothing_to_say_writes_nothing(database: Database) -> None:
    with database.transaction() as session:
        enqueue(session, [])

    assert count(database) == 0
