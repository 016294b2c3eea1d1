"""Tables: events as they were accepted, and visits as they are understood."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity


class Event(Entity):
    """One thing that happened, under the id its maker gave it: the same id twice is one event."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "visit_id", "received_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """A UUID: client-made, or derived from the visit for milestones."""
    visit_id: Mapped[str]
    kind: Mapped[str]
    """`noun.past_tense`."""
    at: Mapped[datetime]
    """When it happened by the maker's clock, held within the visit."""
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    data: Mapped[dict[str, Any]]


class Visit(Entity):
    """One open as watched: totals derived from its events, and who it was; the evidence is kept so it can be re-run."""

    __tablename__ = "visit"

    id: Mapped[str] = mapped_column(ForeignKey("open.id"), primary_key=True)
    campaign_id: Mapped[str]
    recipient_id: Mapped[str]
    started_at: Mapped[datetime]
    duration_s: Mapped[float]
    evidence: Mapped[dict[str, Any]]
    """What the request and the page showed: never an address or a name."""
    who: Mapped[str] = mapped_column(default="unknown")
    """person | likely_person | scanner | agent | preview | unknown."""
    coverage_s: Mapped[float] = mapped_column(default=0.0)
    """Distinct seconds."""
    watch_s: Mapped[float] = mapped_column(default=0.0)
    """Total seconds."""
    spans: Mapped[list[Any]] = mapped_column(default=list)
    """Merged `[from_s, to_s]`, in order."""
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Quartile, replays by scene, CTAs clicked, drop-off."""
    revision: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]


class VisitDue(Entity):
    """A visit with events not yet settled; written with them, in one transaction."""

    __tablename__ = "visit_due"

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
