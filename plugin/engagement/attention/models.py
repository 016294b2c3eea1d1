"""Tables: visits whose viewer lets their device tell whether they face the screen, and what it told; kept 30 days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity


class AttentionVisit(Entity):
    """One visit with a live yes. Without this row nothing is taken in; with it goes everything told of the visit."""

    __tablename__ = "attention_visit"
    __table_args__ = (Index(None, "campaign_id", "recipient_id"),)

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[str]
    recipient_id: Mapped[str]
    receipt_id: Mapped[str]
    """The consent it rests on."""
    given_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    """From when its 30 days count."""
    on_server: Mapped[bool] = mapped_column(default=False)
    """Pictures may be sent to us as well: a yes of its own."""
    told: Mapped[bool] = mapped_column(default=False)
    """The CRM was given its share, and has to forget it with us."""


class AttentionSecond(Entity):
    """One second of the video as one visit told it: a number and how it came about, nothing else."""

    __tablename__ = "attention_second"

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    second: Mapped[int] = mapped_column(primary_key=True)
    """Of the video, from 0."""
    score: Mapped[float | None]
    """0 to 1, facing the screen; None: can't be said."""
    n: Mapped[int]
    """How many pictures it rests on."""
    quality: Mapped[str]
    """ok | few | dark | small | uncalibrated."""
