"""Whose turn it is: what is done for a CRM account now and then is done by one process at a time.

And how far a look into an account has come, so that the next one goes on there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, ForeignKey, Table, select, update
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, Entity, insert_ignoring, upsert


class LookCursor(Entity):
    """How far an incremental look into a CRM account has come, and when it was last begun."""

    __tablename__ = "look_cursor"

    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    """deals | opt_outs | probe | …"""
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class Account(Protocol):
    """A CRM account as its connector has opened it."""

    @property
    def installation_id(self) -> str:
        """Which."""
        ...

    @property
    def database(self) -> Database:
        """Where its cursors are kept."""
        ...

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...


_TABLE = cast("Table", LookCursor.__table__)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def take_turn(database: Database, installation_id: str, subject: str, every: timedelta, clock: Clock) -> bool:
    """Whether it is ours to do now; from then on it is nobody's for as long as `every`."""
    now = clock()
    with database.reading() as session:
        last = session.scalar(select(_TABLE.c.updated_at).where(*_of(installation_id, subject)))
    if last is not None and last > now - every:
        return False
    with database.transaction() as session:
        row = {"installation_id": installation_id, "subject": subject, "value": {}, "updated_at": _NEVER}
        session.execute(insert_ignoring(session.get_bind().dialect.name, _TABLE, list(row)[:2]), [row])
        due = update(_TABLE).where(*_of(installation_id, subject), _TABLE.c.updated_at <= now - every)
        return cast("CursorResult[object]", session.execute(due.values(updated_at=now))).rowcount == 1


def cursor_of(account: Account, subject: str) -> dict[str, Any]:
    """How far a look into an account has come; empty: not begun."""
    with account.database.reading() as session:
        return dict(session.scalar(select(_TABLE.c.value).where(*_of(account.installation_id, subject))) or {})


def keep_cursor(account: Account, subject: str, value: dict[str, Any]) -> None:
    """It has come so far."""
    row = {
        "installation_id": account.installation_id,
        "subject": subject,
        "value": value,
        "updated_at": account.clock(),
    }
    with account.database.transaction() as session:
        keep = upsert(session.get_bind().dialect.name, _TABLE, ["installation_id", "subject"], ["value"])
        session.execute(keep, [row])


def _of(installation_id: str, subject: str) -> tuple[Any, Any]:
    return (_TABLE.c.installation_id == installation_id, _TABLE.c.subject == subject)
