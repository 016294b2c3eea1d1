"""Forgetting in time: raw events, what the CRM was told of them, attention, snapshots, sums, outdated proofs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, select, update

from plugin.engagement.attention.forget import prune_attention
from plugin.engagement.models import UNPRUNED, CampaignCount, Event, Visit
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.links.prune import prune_snapshots
from plugin.outbox.prune import prune_deliveries
from plugin.privacy.prune import PROOF_DAYS, prune_receipts

SNAPSHOT_DAYS = 30
"""How long after the end of a person's last link their sealed snapshot is kept."""
SUM_DAYS = 761
"""25 months: how long a visit's totals and a campaign's counts are kept (CNIL's span for audience measurement)."""
_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was forgotten."""

    visits: int = 0
    """Whose events are now gone, if they had any."""
    events: int = 0
    deliveries: int = 0
    snapshots: int = 0
    sums: int = 0
    """Visits' totals and days' counts."""
    proofs: int = 0
    """Consent receipts a later choice replaced years ago."""
    attention: int = 0
    """Visits whose seconds of facing the screen are over 30 days old, now gone from the CRM too."""

    @property
    def done(self) -> int:
        """How much work that was; 0 when there was nothing left to forget."""
        return self.visits + self.deliveries + self.snapshots + self.sums + self.proofs + self.attention

    def __add__(self, more: Pruned) -> Pruned:
        return Pruned(
            self.visits + more.visits,
            self.events + more.events,
            self.deliveries + more.deliveries,
            self.snapshots + more.snapshots,
            self.sums + more.sums,
            self.proofs + more.proofs,
            self.attention + more.attention,
        )


def prune(database: Database, *, event_days: int, clock: Clock = utcnow, limit: int = 1000) -> Pruned:
    """Forget one batch: the events of up to `limit` visits begun more than `event_days` ago, and as many of the rest.

    A visit's events go together, the last of them half a day early at most (`nonce.LIFE`), so a visit settled again
    has all of them or none. Bounded, so that nobody who writes waits long.
    """
    now = clock()
    before = now - timedelta(days=event_days)
    visits, events = _prune_events(database, before, limit)
    return Pruned(
        visits,
        events,
        deliveries=prune_deliveries(database, before, limit=limit),
        snapshots=prune_snapshots(database, now - timedelta(days=SNAPSHOT_DAYS), limit=limit),
        sums=_prune_sums(database, now - timedelta(days=SUM_DAYS), limit),
        proofs=prune_receipts(database, now - timedelta(days=PROOF_DAYS), limit=limit),
        attention=prune_attention(database, now, limit=limit),
    )


def _prune_events(database: Database, before: datetime, limit: int) -> tuple[int, int]:
    old = select(Visit.id).where(UNPRUNED, Visit.started_at < before).order_by(Visit.started_at).limit(limit)
    # Mostly there is nothing: finding that out must not take the writer's place on SQLite.
    with database.reading() as session:
        visits = session.scalars(old).all()
    if not visits:
        return 0, 0
    with database.transaction() as session:
        session.execute(update(Visit).where(Visit.id.in_(visits)).values(pruned=True), execution_options=_PLAIN)
        gone = session.execute(delete(Event).where(Event.visit_id.in_(visits)), execution_options=_PLAIN)
        return len(visits), cast("CursorResult[object]", gone).rowcount


def _prune_sums(database: Database, before: datetime, limit: int) -> int:
    old = select(Visit.id).where(Visit.started_at < before).order_by(Visit.started_at).limit(limit)
    days = select(CampaignCount.day).where(CampaignCount.day < before.date()).limit(1)
    with database.reading() as session:
        visits, any_day = session.scalars(old).all(), session.scalar(days)
    if not visits and any_day is None:
        return 0
    with database.transaction() as session:
        session.execute(delete(Event).where(Event.visit_id.in_(visits)), execution_options=_PLAIN)
        session.execute(delete(Visit).where(Visit.id.in_(visits)), execution_options=_PLAIN)
        outdated = delete(CampaignCount).where(CampaignCount.day < before.date())
        counts = session.execute(outdated, execution_options=_PLAIN)
        return len(visits) + cast("CursorResult[object]", counts).rowcount
