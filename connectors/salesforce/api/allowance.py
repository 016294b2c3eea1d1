"""Our share of the calls an org has for 24 hours, kept by all processes together: live reads first, write-back after.

Salesforce counts over a moving day and says with each answer how much is used (`Sforce-Limit-Info`). We count our own
calls by UTC day, which is never more than we may in any moving day twice over, and stop at the configured share.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from connectors.salesforce.api.errors import TooMany
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, Entity, insert_ignoring

FOR_READS = 0.25
"""Of our share, what only live reads may use: an open must not wait because a back-fill ran at night."""
FOR_OTHERS = 0.05
"""Of the whole org's allowance, what is left to everyone else however little they said they need."""


class CallCount(Entity):
    """How many calls we made to one org on one day (UTC), and what the org last said of its own count."""

    __tablename__ = "salesforce_call_count"

    installation_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    ours: Mapped[int] = mapped_column(default=0)
    org_used: Mapped[int] = mapped_column(default=0)
    org_max: Mapped[int] = mapped_column(default=0)
    closed_until: Mapped[datetime | None]
    """The org said that its day is used up."""


class Allowance:
    """The calls one installation may make; `daily_max` is the org's own, as last probed."""

    def __init__(
        self, database: Database, installation_id: str, *, daily_max: int, share: float, clock: Clock = utcnow
    ) -> None:
        self._database, self._installation_id = database, installation_id
        self._max, self._share, self._clock = daily_max, share, clock
        self._told = 0

    def take(self, *, urgent: bool) -> None:
        """Count one call; raises `TooMany` when the share of the day is used up, until it begins anew."""
        now = self._clock()
        most = round(self._max * self._share * (1.0 if urgent else 1.0 - FOR_READS))
        with self._database.transaction() as session:
            row = self._row(session, now)
            if row.closed_until is not None and row.closed_until > now:
                raise _over("the org's API calls for 24 hours are used up", row.closed_until - now)
            others = row.org_max and row.org_used >= row.org_max * (1 - FOR_OTHERS)
            if row.ours >= most or (others and not urgent):
                words = "the org's own use leaves too little" if others else "our share of its API calls is used up"
                raise _over(f"{words} for today", _until_tomorrow(now))
            row.ours += 1

    def told(self, usage: Mapping[str, Any]) -> None:
        """Keep what the org says of its use (simple-salesforce's `api_usage`), now and then."""
        seen = usage.get("api-usage")
        used, most = getattr(seen, "used", 0), getattr(seen, "total", 0)
        # Every hundredth call is often enough to notice, and writing is not free.
        if not most or abs(used - self._told) < 100:
            return
        self._told = used
        with self._database.transaction() as session:
            row = self._row(session, self._clock())
            row.org_used, row.org_max = used, most

    def used_up(self) -> None:
        """The org said so: nobody asks for an hour."""
        now = self._clock()
        with self._database.transaction() as session:
            self._row(session, now).closed_until = now + timedelta(hours=1)

    def _row(self, session: Session, now: datetime) -> CallCount:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL synchronous_commit = off"))
        key = (self._installation_id, now.date())
        row = session.get(CallCount, key, with_for_update=True)
        if row is None:
            fresh = insert_ignoring(session.get_bind().dialect.name, cast("Table", CallCount.__table__))
            values = {"installation_id": key[0], "day": key[1], "ours": 0, "org_used": 0, "org_max": 0}
            session.execute(fresh, [values])
            row = session.get_one(CallCount, key, with_for_update=True)
        return row


def _over(words: str, wait: timedelta) -> TooMany:
    return TooMany(f"Salesforce: {words}", daily=True, after_s=max(1.0, wait.total_seconds()))


def _until_tomorrow(now: datetime) -> timedelta:
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return tomorrow - now
