"""Forgetting messages long settled: what became of them was worth knowing for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from plugin.kernel.database import Database
from plugin.outbox.models import Delivery, DeliveryStatus


def prune_deliveries(database: Database, before: datetime, *, limit: int) -> int:
    """Delete up to `limit` deliveries of each kind settled before that moment, with their attempts; returns how many.

    Dead ones too: what they hold of a person is no younger. What is still owed stays.
    """
    found: list[int] = []
    with database.reading() as session:
        for status in (DeliveryStatus.DELIVERED, DeliveryStatus.DEAD):
            old = select(Delivery.id).where(Delivery.status == status, Delivery.settled_at < before)
            found += session.scalars(old.order_by(Delivery.settled_at).limit(limit))
    if found:
        with database.transaction() as session:
            # Still settled: an admin may have sent a dead one on its way again.
            forgotten = delete(Delivery).where(Delivery.id.in_(found), Delivery.settled_at < before)
            session.execute(forgotten.execution_options(synchronize_session=False))
    return len(found)
