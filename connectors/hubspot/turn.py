"""Whose turn it is: what is to be done for a portal now and then is done by one process at a time, once an interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, select, update

from connectors.hubspot.models import HubSpotCursor
from connectors.hubspot.portal import Portal
from plugin.kernel.clock import Clock
from plugin.kernel.database import Database, insert_ignoring, upsert

_TABLE = cast("Table", HubSpotCursor.__table__)
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


def cursor_of(portal: Portal, subject: str) -> dict[str, Any]:
    """How far a look into a portal has come; empty: not begun."""
    with portal.database.reading() as session:
        return dict(session.scalar(select(_TABLE.c.value).where(*_of(portal.installation_id, subject))) or {})


def keep_cursor(portal: Portal, subject: str, value: dict[str, Any]) -> None:
    """It has come so far."""
    row = {
        "installation_id": portal.installation_id,
        "subject": subject,
        "value": value,
        "updated_at": portal.clock(),
    }
    with portal.database.transaction() as session:
        keep = upsert(session.get_bind().dialect.name, _TABLE, ["installation_id", "subject"], ["value"])
        session.execute(keep, [row])


def _of(installation_id: str, subject: str) -> tuple[Any, Any]:
    return (_TABLE.c.installation_id == installation_id, _TABLE.c.subject == subject)
