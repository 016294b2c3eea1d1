"""Forgetting in time: raw events, what the CRM was told of them, and snapshots no live link needs. Totals stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, select

from plugin.engagement.models import Event
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.links.prune import prune_snapshots
from plugin.outbox.prune import prune_deliveries

SNAPSHOT_DAYS = 30
"""How long after the end of a person's last link their sealed snapshot is kept."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each were deleted."""

    events: int = 0
    deliveries: int = 0
    snapshots: int = 0

    @property
    def total(self) -> int:
        """Of all; 0 when there was nothing left to forget."""
        return self.events + self.deliveries + self.snapshots

    def __add__(self, more: Pruned) -> Pruned:
        return Pruned(self.events + more.events, self.deliveries + more.deliveries, self.snapshots + more.snapshots)


def prune(database: Database, *, event_days: int, clock: Clock = utcnow, limit: int = 1000) -> Pruned:
    """Delete one batch of what is older than `event_days`: about `limit` rows of each, so that nobody waits long.

    A visit's events go together, up to a day sooner than its last needs: a visit settled again has all of them or
    none, and without any its totals stay as they are.
    """
    now = clock()
    before = now - timedelta(days=event_days)
    return Pruned(
        events=_prune_events(database, before, limit),
        deliveries=prune_deliveries(database, before, limit=limit),
        snapshots=prune_snapshots(database, now - timedelta(days=SNAPSHOT_DAYS), limit=limit),
    )


def _prune_events(database: Database, before: datetime, limit: int) -> int:
    old = select(Event.visit_id).where(Event.received_at < before).order_by(Event.received_at).limit(limit)
    # Mostly there is nothing: finding that out must not take the writer's place on SQLite.
    with database.reading() as session:
        visits = set(session.scalars(old))
    if not visits:
        return 0
    with database.transaction() as session:
        forgotten = delete(Event).where(Event.visit_id.in_(visits)).execution_options(synchronize_session=False)
        return cast("CursorResult[object]", session.execute(forgotten)).rowcount
