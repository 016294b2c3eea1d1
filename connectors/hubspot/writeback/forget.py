"""Forgetting how messages were told, once none of them can come again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from connectors.hubspot.models import HubSpotNote, HubSpotTelling
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.outbox.models import Delivery

LATEST = timedelta(days=7)
"""More than the outbox's patience with one message (three days), and a worker's with itself."""
_PLAIN: Mapping[str, Any] = {"synchronize_session": False}


def forget_told(database: Database, *, event_days: int, clock: Clock = utcnow, limit: int = 1000) -> int:
    """Forget one batch of ledger rows and of notes' rows; returns how many.

    A message can come again as long as the outbox has it: `event_days` after it was settled, and an admin may have sent
    it on its way anew meanwhile. A visit can change as long as its events are there, `event_days` from its beginning;
    then its last summary stays in the outbox as long again.
    """
    now = clock()
    events = timedelta(days=event_days)
    old = (
        select(HubSpotTelling.key)
        .where(HubSpotTelling.at < now - events - LATEST)
        .where(~select(Delivery.id).where(Delivery.key == HubSpotTelling.key).exists())
        .order_by(HubSpotTelling.at)
        .limit(limit)
    )
    settled = (
        select(HubSpotNote.visit_id)
        .where(HubSpotNote.at < now - 2 * events - LATEST)
        # What has to be taken out of a note is known until it was.
        .where(HubSpotNote.bare.is_(None))
        .order_by(HubSpotNote.at)
        .limit(limit)
    )
    # Mostly there is nothing: finding that out must not take the writer's place on SQLite.
    with database.reading() as session:
        keys, visits = session.scalars(old).all(), session.scalars(settled).all()
    if keys or visits:
        with database.transaction() as session:
            session.execute(delete(HubSpotTelling).where(HubSpotTelling.key.in_(keys)), execution_options=_PLAIN)
            session.execute(delete(HubSpotNote).where(HubSpotNote.visit_id.in_(visits)), execution_options=_PLAIN)
    return len(keys) + len(visits)
