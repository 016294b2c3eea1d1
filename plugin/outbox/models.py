"""Tables: deliveries and their failed attempts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity

# SQLite only auto-numbers a column of the exact type INTEGER.
Sequence = BigInteger().with_variant(Integer(), "sqlite")


PENDING_ROWS = text("status = 'pending'")
"""The few rows a dispatcher looks at, however many were delivered before: its indexes hold only these."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(Entity):
    """One message owed to one CRM, retried until delivered or dead.

    A claim sets `lease` and moves `due_at` to the lease's end, so a dispatcher that dies needs no reaper.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "installation_id", "due_at", "id", sqlite_where=PENDING_ROWS, postgresql_where=PENDING_ROWS),
        Index(None, "installation_id", "subject", "id", sqlite_where=PENDING_ROWS, postgresql_where=PENDING_ROWS),
        Index(None, "status", "settled_at"),
    )

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    """Also the order in which one subject's messages are delivered."""
    installation_id: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    """The idempotency key: the CRM applies each key once."""
    kind: Mapped[str]
    """`noun.past_tense`, as in the event."""
    subject: Mapped[str]
    """`type:external id` of the CRM record it is about."""
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(default=DeliveryStatus.PENDING)
    due_at: Mapped[datetime] = mapped_column(default=utcnow)
    recalled: Mapped[bool] = mapped_column(default=False)
    """Taken back while it was in flight: it isn't tried again, and holds its subject until its dispatcher is done."""
    lease: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries that were answered; a dispatcher that died while trying burnt none."""
    wait_s: Mapped[float] = mapped_column(default=0.0)
    """The last wait the schedule chose, from which the next is drawn."""
    owed_since: Mapped[datetime] = mapped_column(default=utcnow)
    """From when its age counts: made, or last sent on its way again by an admin."""
    reason: Mapped[str | None]
    """Why it is dead or waits, in words an admin can act on."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    settled_at: Mapped[datetime | None]


class Attempt(Entity):
    """One try that did not deliver, kept as evidence."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=utcnow)
    outcome: Mapped[str]
    """retry | dead."""
    reason: Mapped[str]
