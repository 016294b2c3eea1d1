"""Keeping seconds: only with a live yes, no more than the video and the clock have room for, each once."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from plugin.engagement.accept import MAX_RATE
from plugin.engagement.attention.accept import Told
from plugin.engagement.attention.models import AttentionSecond, AttentionVisit
from plugin.engagement.due import mark_due
from plugin.engagement.models import Visit
from plugin.engagement.writer import SETTLE_AFTER
from plugin.kernel.clock import Clock, utcnow
from plugin.privacy import suppress

_SLACK_S = 10.0
_TABLE = cast("Table", AttentionSecond.__table__)


def keep(session: Session, told: Told, *, clock: Clock = utcnow) -> int:
    """Write the seconds of a visit with a live yes; returns how many were let in.

    Nothing is kept of a visit without one, that isn't measured any more, or of someone suppressed; no second past the
    video's end; and no more in all than could have been played at four times its speed since the yes. A second told
    again changes nothing, unless the first time nothing could be said of it.
    """
    visit = _visit(session, told.visit_id)
    if visit is None:
        return 0
    # Marked first: whoever settles the visit takes its mark before its yes, and the other way round would lock.
    mark_due(session, told.visit_id, clock() + SETTLE_AFTER)
    given_at = session.scalar(
        select(AttentionVisit.given_at).where(AttentionVisit.visit_id == told.visit_id).with_for_update()
    )
    if given_at is None:
        return 0
    inside = [second for second in told.seconds if second.second < ceil(visit.duration_s)]
    room = _room(session, told.visit_id, clock() - given_at)
    rows = [
        {
            "visit_id": told.visit_id,
            "second": second.second,
            "score": second.score,
            "n": second.n,
            "quality": second.quality,
        }
        for second in inside[:room]
    ]
    if rows:
        session.execute(_statement(session.get_bind().dialect.name), rows)
    return len(rows)


def _visit(session: Session, visit_id: str) -> Visit | None:
    """The visit, if seconds of it may be kept."""
    if session.get(AttentionVisit, visit_id) is None:
        return None
    visit = session.get(Visit, visit_id)
    if visit is None or not visit.tracked or suppress.is_suppressed(session, visit.suppression):
        return None
    return visit


def _room(session: Session, visit_id: str, since: timedelta) -> int:
    held = session.scalar(select(func.count()).where(AttentionSecond.visit_id == visit_id)) or 0
    return max(0, int((max(0.0, since.total_seconds()) + _SLACK_S) * MAX_RATE) - held)


def _statement(dialect: str) -> Any:
    insert = postgresql.insert(_TABLE) if dialect == "postgresql" else sqlite.insert(_TABLE)
    return insert.on_conflict_do_update(
        index_elements=["visit_id", "second"],
        set_={name: insert.excluded[name] for name in ("score", "n", "quality")},
        where=_TABLE.c.score.is_(None) & insert.excluded.score.is_not(None),
    )
