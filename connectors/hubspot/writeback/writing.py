"""Writing down what HubSpot answered: worth a few tries when the database is busy, as the calls have been made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import stamina
from sqlalchemy.orm import Session

from plugin.kernel.database import Database
from plugin.kernel.errors import Busy

T = TypeVar("T")


def write_down(database: Database, work: Callable[[Session], T]) -> T:
    """Do it in a transaction of its own; what it answered. Raises `Busy`."""
    done: list[T] = []
    for attempt in stamina.retry_context(on=Busy, attempts=4, timeout=10):
        with attempt, database.transaction() as session:
            done = [work(session)]
    return done[0]
