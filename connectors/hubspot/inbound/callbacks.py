"""The rows behind the workflow action: who works on a call, what came of it, and what is left to the worker.

working   a request gives the link and writes it at this moment
waiting   nobody does; HubSpot asks again, and until then the worker writes it
blocked   the same, but HubSpot waits to be told
answered  for good
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from connectors.hubspot.models import HubSpotAskedAgain, HubSpotCallback
from plugin.kernel.database import Database, insert_ignoring

WORKING, WAITING, BLOCKED, ANSWERED = "working", "waiting", "blocked", "answered"
LOST = timedelta(seconds=20)
"""A request that has worked so long was killed."""
KEPT = timedelta(days=30)
"""Longer than HubSpot asks again or a v2 signature is worth stealing for."""

_TABLE = cast("Table", HubSpotCallback.__table__)


@dataclass(frozen=True, slots=True)
class Key:
    """One call."""

    installation_id: str
    callback_id: str


def take(session: Session, key: Key, contact_id: str, now: datetime) -> tuple[HubSpotCallback, bool]:
    """The row of a call, made if there is none, and whether it is ours to work on."""
    fresh = {
        "installation_id": key.installation_id,
        "callback_id": key.callback_id,
        "contact_id": contact_id,
        "state": WORKING,
        "written": False,
        "answer": {},
        "attempts": 0,
        "worked_at": now,
        "at": now,
    }
    unique = ["installation_id", "callback_id"]
    statement = insert_ignoring(session.get_bind().dialect.name, _TABLE, unique)
    added = session.execute(statement.returning(_TABLE.c.callback_id), fresh).first() is not None
    found = session.scalars(
        select(HubSpotCallback).where(*_is(key)).with_for_update().execution_options(populate_existing=True)
    ).one()
    if added:
        return found, True
    if found.state == WAITING or (found.state == WORKING and found.worked_at <= now - LOST):
        found.state, found.worked_at, found.due_at = WORKING, now, None
        return found, True
    return found, False


def look(session: Session, key: Key) -> HubSpotCallback | None:
    """The row as it stands."""
    return session.scalar(select(HubSpotCallback).where(*_is(key)).execution_options(populate_existing=True))


def settle(
    session: Session, key: Key, now: datetime, *, written: bool = False, answer: Mapping[str, Any] | None = None
) -> str:
    """What came of it, by whoever worked on it; the state it has now.

    One that HubSpot was told to wait for is only answered once HubSpot has been told: that is left to the worker.
    """
    row = session.scalars(select(HubSpotCallback).where(*_is(key)).with_for_update()).one()
    row.written = row.written or written
    row.answer = dict(answer or row.answer)
    if row.state in (WORKING, WAITING):
        row.state, row.due_at = ANSWERED, None
    elif row.state == BLOCKED:
        row.due_at = now
    return row.state


def hand_over(session: Session, key: Key, state: str, due_at: datetime) -> str:
    """Leave it to the worker, unless it has been answered meanwhile; the state it has now, `""` when it isn't there."""
    session.execute(
        update(HubSpotCallback)
        .where(*_is(key), HubSpotCallback.state == WORKING)
        .values(state=state, due_at=due_at)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(select(HubSpotCallback.state).where(*_is(key))) or ""


def is_due(session: Session, now: datetime) -> bool:
    """Whether there is something for the worker."""
    due = select(HubSpotCallback.due_at).where(HubSpotCallback.due_at <= now, HubSpotCallback.state != ANSWERED)
    return session.scalar(due.limit(1)) is not None


def forget(database: Database, before: datetime, *, limit: int = 1000) -> int:
    """Delete calls older than that, and what was asked again before it; how many calls."""
    with database.transaction() as session:
        session.execute(delete(HubSpotAskedAgain).where(HubSpotAskedAgain.at < before))
        old = select(HubSpotCallback.installation_id, HubSpotCallback.callback_id)
        rows = session.execute(old.where(HubSpotCallback.at < before).limit(limit)).all()
        for installation_id, callback_id in rows:
            session.execute(delete(HubSpotCallback).where(*_is(Key(installation_id, callback_id))))
        return len(rows)


def _is(key: Key) -> tuple[Any, Any]:
    return (
        HubSpotCallback.installation_id == key.installation_id,
        HubSpotCallback.callback_id == key.callback_id,
    )
