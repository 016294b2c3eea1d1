"""How the outbox is doing, in the few figures an admin looks at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.outbox.models import Attempt, Delivery, DeliveryStatus


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """Counts by state, the age of the oldest message still owed (seconds), and the last thing that went wrong."""

    pending: int
    waiting: int
    """Of the pending, how many have failed at least once."""
    dead: int
    delivered: int
    oldest_age_s: float
    last_delivered_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None


def health(session: Session, installation_id: str | None = None, *, clock: Clock = utcnow) -> OutboxHealth:
    """The outbox as it stands: all of it, or what one CRM account is owed."""
    ours = true() if installation_id is None else Delivery.installation_id == installation_id
    states = select(Delivery.status, func.count()).where(ours).group_by(Delivery.status)
    counts: dict[str, int] = dict(session.execute(states).all())
    pending = Delivery.status == DeliveryStatus.PENDING
    waiting, oldest = session.execute(
        select(func.count().filter(Delivery.attempts > 0), func.min(Delivery.owed_since)).where(pending, ours)
    ).one()
    delivered_at = session.scalar(
        select(func.max(Delivery.settled_at)).where(Delivery.status == DeliveryStatus.DELIVERED, ours)
    )
    errors = select(Attempt).order_by(Attempt.id.desc()).limit(1)
    if installation_id is not None:
        errors = errors.join(Delivery, Delivery.id == Attempt.delivery_id).where(ours)
    error = session.scalars(errors).first()
    return OutboxHealth(
        pending=counts.get(DeliveryStatus.PENDING, 0),
        waiting=waiting,
        dead=counts.get(DeliveryStatus.DEAD, 0),
        delivered=counts.get(DeliveryStatus.DELIVERED, 0),
        oldest_age_s=max(0.0, (clock() - oldest).total_seconds()) if oldest else 0.0,
        last_delivered_at=delivered_at,
        last_error=error.reason if error else None,
        last_error_at=error.at if error else None,
    )
