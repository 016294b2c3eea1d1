"""Messages that could not be delivered: why, and another try once an admin has mended the cause."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.outbox.models import Delivery, DeliveryStatus


def dead_letters(
    session: Session, *, limit: int = 100, before_id: int | None = None, installation_id: str | None = None
) -> list[Delivery]:
    """The newest dead deliveries, of one CRM account or all; `before_id` pages on from the last one seen."""
    query = select(Delivery).where(Delivery.status == DeliveryStatus.DEAD)
    if installation_id is not None:
        query = query.where(Delivery.installation_id == installation_id)
    if before_id is not None:
        query = query.where(Delivery.id < before_id)
    return list(session.scalars(query.order_by(Delivery.id.desc()).limit(limit)))


def retry_dead(
    session: Session,
    ids: Collection[int] | None = None,
    *,
    installation_id: str | None = None,
    clock: Clock = utcnow,
) -> int:
    """Send these dead deliveries (or all of them) on their way again, with fresh patience; how many there were.

    With `installation_id` only those of that CRM account. A delivery that has since been delivered is left alone.
    """
    query = update(Delivery).where(Delivery.status == DeliveryStatus.DEAD)
    if installation_id is not None:
        query = query.where(Delivery.installation_id == installation_id)
    if ids is not None:
        query = query.where(Delivery.id.in_(list(ids)))
    now = clock()
    revived = query.values(
        status=DeliveryStatus.PENDING,
        due_at=now,
        owed_since=now,
        attempts=0,
        wait_s=0.0,
        settled_at=None,
    ).execution_options(synchronize_session=False)
    return cast("CursorResult[object]", session.execute(revived)).rowcount
