"""Keeping under somebody's rate limit together: one row in the database paces every process that calls them.

Calls that can wait come evenly, by the Generic Cell Rate Algorithm (ITU-T I.371; leaky bucket as a meter): the row
holds the moment at which the next one would be due. Somebody is waiting for an urgent one, and such come in bursts (a
mailing goes out, and everybody opens it): they go at once while the window has room, and the others make up for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, Entity, insert_ignoring

_INSTANT_S = 1e-4
"""Below a clock's resolution, sleeping ends where it began."""


class PaceRow(Entity):
    """When the next call to one API is due, in seconds since 1970, and until when it wants none at all."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[float] = mapped_column(default=0.0)
    closed_until: Mapped[float] = mapped_column(default=0.0)
    spent: Mapped[list[Any]] = mapped_column(default=list)
    """Calls of the last window: `[slot, number]`, a slot being `SLOT_S` seconds counted since 1970."""


SLOT_S = 0.5

_TABLE = cast("Table", PaceRow.__table__)
_MINE = _TABLE.c.name == bindparam("of")
_FIND = select(_TABLE.c.due, _TABLE.c.closed_until, _TABLE.c.spent).where(_MINE).with_for_update()
_SPEND = update(_TABLE).where(_MINE).values(due=bindparam("due"), spent=bindparam("spent"))
_CLOSE = update(_TABLE).where(_MINE).values(due=bindparam("due"), closed_until=bindparam("closed_until"))


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in any window of `window_s` seconds, as the API counts them."""

    calls: int
    window_s: float = 10.0
    burst: int = 2
    """How far calls that can wait may bunch."""
    slack: float = 0.025
    """The share of the limit kept free, as calls arrive less evenly than they were sent."""

    @property
    def most(self) -> float:
        """Calls in any window that we let go."""
        return self.calls * (1 - self.slack)

    @property
    def interval_s(self) -> float:
        """Seconds between calls that come evenly: rate × window + burst stays under the limit."""
        return self.window_s / max(1.0, self.most - self.burst)


class TooBusy(Exception):
    """No call may go in the time there is; `after_s` seconds from now one may."""

    def __init__(self, after_s: float) -> None:
        super().__init__(f"the limit allows the next call in {after_s:.1f} s")
        self.after_s = after_s


class Pace:
    """One API's limit, shared by all processes through the database."""

    def __init__(
        self,
        database: Database,
        name: str,
        limit: Limit,
        *,
        clock: Clock = utcnow,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database, self._name, self.limit = database, name, limit
        self._clock, self._sleep = clock, sleep

    def take(self, *, patience_s: float, urgent: bool = False, calls: int = 1) -> None:
        """Wait until a call may go (or so many at once), at most `patience_s` seconds; raises `TooBusy`.

        An urgent call goes at once while the window has room; else it books the next free moment. Either way it goes
        before all that aren't, however many of those wait.
        """
        until = self._now() + patience_s
        while True:
            booked, wait_s = self._ask(urgent, until, calls)
            if not booked and self._now() + wait_s > until:
                raise TooBusy(wait_s)
            if wait_s > 0:
                self._sleep(wait_s)
            if booked:
                return

    def slow_down(self, after_s: float) -> None:
        """They said 'too many': no call of any process for `after_s` seconds, then evenly again."""
        self._close(self._now() + after_s)

    def close(self, until: datetime) -> None:
        """They said 'no more before': no call of any process until then."""
        self._close(until.timestamp())

    def _ask(self, urgent: bool, until: float, calls: int) -> tuple[bool, float]:
        """Whether a place is taken, and the seconds until it comes (or until asking again is worth it)."""
        interval = self.limit.interval_s
        tolerance = (self.limit.burst - (0 if urgent else 1)) * interval
        with self._database.forgettable() as session:
            due, closed_until, known = self._row(session)
            now = self._now()
            spent = self._spent(known, now)
            room = urgent and sum(number for _, number in spent) + calls <= self.limit.most
            wait_s = max(closed_until - now, 0.0 if room else due - tolerance - now, 0.0)
            if wait_s < _INSTANT_S:
                wait_s = 0.0
            if wait_s > 0 and (not urgent or now + wait_s > until):
                return False, wait_s
            counted = _counted(spent, now + wait_s, calls)
            due = max(due, now + wait_s) + interval * calls
            session.execute(_SPEND, {"of": self._name, "due": due, "spent": counted})
            return True, wait_s

    def _spent(self, known: Sequence[Any], now: float) -> list[tuple[int, int]]:
        """Slots that may still reach into the window, and those booked ahead."""
        return [(slot, number) for slot, number in known if (slot + 1) * SLOT_S > now - self.limit.window_s]

    def _row(self, session: Session) -> tuple[float, float, Sequence[Any]]:
        """`due`, `closed_until` and `spent`, ours until the transaction ends."""
        found = session.execute(_FIND, {"of": self._name}).one_or_none()
        if found is None:
            fresh = insert_ignoring(session.get_bind().dialect.name, _TABLE, ["name"])
            session.execute(fresh, [{"name": self._name, "due": 0.0, "closed_until": 0.0, "spent": []}])
            found = session.execute(_FIND, {"of": self._name}).one()
        return found.due, found.closed_until, found.spent

    def _close(self, until: float) -> None:
        with self._database.forgettable() as session:
            due, closed_until, _ = self._row(session)
            session.execute(
                _CLOSE, {"of": self._name, "closed_until": max(closed_until, until), "due": max(due, until)}
            )

    def _now(self) -> float:
        return self._clock().timestamp()


def _counted(spent: list[tuple[int, int]], at: float, calls: int) -> list[list[int]]:
    """The same with more calls at that moment."""
    counts = dict(spent)
    slot = int(at // SLOT_S)
    counts[slot] = counts.get(slot, 0) + calls
    return [[slot, number] for slot, number in sorted(counts.items())]
