"""How much one visit may bring in all: whoever holds its nonce could else fill the disk in its name."""

from __future__ import annotations

import threading

from cachetools import LRUCache
from sqlalchemy import func, select

from plugin.engagement.accept import MAX_EVENTS
from plugin.engagement.models import Event
from plugin.kernel.database import Database

MOST_EVENTS = 5_000
"""Of one visit; a page that sends more is not one a person looks at."""
_MOST_VISITS = 16_384
_FULL = -1


class Limit:
    """Lets `MOST_EVENTS` of a visit in; one per process, shared by its threads.

    A visit's first beacon's worth is let in unasked, so the visits people make cost no look at the table; what
    comes after is held against a count of it. Each process may so overshoot by what comes between two counts.
    """

    def __init__(self, database: Database, *, most_visits: int = _MOST_VISITS) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._room: LRUCache[str, int] = LRUCache(most_visits)
        """Of each visit: how many may come before it is counted again."""

    def admit(self, visit_id: str, events: int) -> int:
        """How many of so many more may be written. Raises `Busy`."""
        with self._lock:
            room = self._room.get(visit_id, MAX_EVENTS)
            if room == _FULL:
                return 0
            if events <= room:
                self._room[visit_id] = room - events
                return events
        # Outside the lock: others needn't wait for one visit's count.
        room = max(0, MOST_EVENTS - self._kept(visit_id))
        admitted = min(events, room)
        with self._lock:
            self._room[visit_id] = room - admitted if room else _FULL
        return admitted

    def _kept(self, visit_id: str) -> int:
        with self._database.reading() as session:
            return session.scalar(select(func.count()).where(Event.visit_id == visit_id)) or 0
