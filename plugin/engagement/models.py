"""Tables: events as they were accepted, visits as they are understood, and counts that name no one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
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


UNPRUNED = text("NOT pruned")
"""The visits whose events may still be there; an index over these alone finds the oldest, however many came before."""


class Visit(Entity):
    """One open as watched: totals derived from its events, and who it was; the evidence is kept so it can be re-run."""

    __tablename__ = "visit"
    __table_args__ = (
        Index(None, "campaign_id", "recipient_id"),
        Index(None, "network", "started_at"),
        Index(None, "started_at", sqlite_where=UNPRUNED, postgresql_where=UNPRUNED),
    )

    id: Mapped[str] = mapped_column(ForeignKey("open.id"), primary_key=True)
    campaign_id: Mapped[str]
    recipient_id: Mapped[str]
    started_at: Mapped[datetime]
    duration_s: Mapped[float]
    tracked: Mapped[bool] = mapped_column(default=False)
    """Whether events of this visit may be kept, now: the regime, the person's choice and their browser's signal."""
    consent: Mapped[str | None]
    """`given` when the person said yes to it, here; None: measured, if it is, without their having been asked."""
    gpc: Mapped[bool] = mapped_column(default=False)
    """The browser sent `Sec-GPC: 1`: never tracked, whatever else is said."""
    network: Mapped[str | None]
    """Keyed pseudonym, new each day, of the network it came from; None where nothing may be measured."""
    suppression: Mapped[str]
    """The pseudonym under which this person would be suppressed."""
    evidence: Mapped[dict[str, Any]]
    """What the opening request showed: never an address or a name. What the page showed stands in its events."""
    who: Mapped[str] = mapped_column(default="unknown")
    """person | likely_person | scanner | agent | preview | unknown."""
    verdict: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`confidence`, `reasons`, and the `rule` (version) that said `who`."""
    coverage_s: Mapped[float] = mapped_column(default=0.0)
    """Distinct seconds."""
    watch_s: Mapped[float] = mapped_column(default=0.0)
    """Total seconds."""
    spans: Mapped[list[Any]] = mapped_column(default=list)
    """Merged `[from_s, to_s]`, in order."""
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Quartile, replays by scene, CTAs clicked, drop-off."""
    revision: Mapped[int] = mapped_column(default=0)
    """How often the CRM was given a new summary."""
    reported: Mapped[str | None]
    """SHA-256 of the summary last given, so that the same totals are told once."""
    told_acts: Mapped[int] = mapped_column(default=0)
    """How many acts a rep wants to hear of at once (a button, the end) the last summary held."""
    settled_at: Mapped[datetime | None]
    pruned: Mapped[bool] = mapped_column(default=False)
    """Its events were forgotten; the totals stay as they were then."""


class VisitDue(Entity):
    """A visit with events not yet settled; written with them, in one transaction."""

    __tablename__ = "visit_due"

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


class CampaignCount(Entity):
    """How often something happened in a campaign on one day (UTC): what may be counted without anyone's consent."""

    __tablename__ = "campaign_count"

    campaign_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """`noun.past_tense`, such as `video.opened` or `consent.refused`."""
    count: Mapped[int] = mapped_column(default=0)
