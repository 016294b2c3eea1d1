"""Taking messages to deliver: one dispatcher has a subject at a time, and a dead one's lease simply ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from plugin.kernel.ids import new_id
from plugin.outbox.models import Delivery
from plugin.outbox.ports import Message

LEASE = timedelta(seconds=60)
"""Longer than any connector's own time-out, short enough that a killed worker's messages aren't late."""

# Inlined rather than bound: SQLite uses a partial index only when it can read the constant.
_PENDING: ColumnElement[str] = literal_column("'pending'")
_COLUMNS = (
    Delivery.id,
    Delivery.key,
    Delivery.kind,
    Delivery.subject,
    Delivery.payload,
    Delivery.attempts,
    Delivery.wait_s,
    Delivery.owed_since,
    Delivery.created_at,
    Delivery.due_at,
    Delivery.recalled,
)


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed message and what the schedule needs to know of it."""

    id: int
    message: Message
    attempts: int
    wait_s: float
    owed_since: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages of one installation, in order, ours while the lease runs."""

    lease: str
    installation_id: str
    owed: tuple[Owed, ...]


def installations_owed(session: Session, now: datetime) -> list[str]:
    """Every installation with a message due; costs two index probes an installation, however long the queue."""
    found: list[str] = []
    candidate = _installation_after(session, "")
    while candidate is not None:
        due = select(Delivery.id).where(
            Delivery.status == _PENDING, Delivery.installation_id == candidate, Delivery.due_at <= now
        )
        if session.scalar(due.limit(1)) is not None:
            found.append(candidate)
        candidate = _installation_after(session, candidate)
    return found


def _installation_after(session: Session, last: str) -> str | None:
    return session.scalar(
        select(Delivery.installation_id)
        .where(Delivery.status == _PENDING, Delivery.installation_id > last)
        .order_by(Delivery.installation_id)
        .limit(1)
    )


def claim(
    session: Session,
    installation_id: str,
    *,
    limit: int,
    now: datetime,
    subjects: int | None = None,
    lease_for: timedelta = LEASE,
) -> Claim:
    """Lease up to `limit` due messages of one installation, about at most `subjects` records; empty when none may go.

    A subject's first pending message is its lock: whoever holds it (`FOR UPDATE SKIP LOCKED`; on SQLite the whole
    transaction is `BEGIN IMMEDIATE`) may also take those behind it, so no later message overtakes an earlier one
    that waits or is being delivered elsewhere.
    """
    most = min(limit, subjects or limit)
    # One subject's messages often stand together, so the front must hold as many as are wanted in all.
    free = _free_subjects(session, installation_id, most, now, front=max(4 * most, limit))
    rows = _in_order(session, installation_id, free, limit, now) if free else []
    _forget(session, [row.id for row in rows if row.recalled])
    rows = [row for row in rows if not row.recalled]
    lease = new_id()
    if rows:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_([row.id for row in rows]))
            .values(lease=lease, due_at=now + lease_for)
            .execution_options(synchronize_session=False)
        )
    return Claim(lease, installation_id, tuple(_owed(row) for row in rows))


def _free_subjects(session: Session, installation_id: str, limit: int, now: datetime, *, front: int) -> Sequence[str]:
    """Subjects whose first pending message is due, now locked by us.

    The `front` of the queue nearly always holds enough of them; only when all there wait behind a message put off is
    the rest looked through.
    """
    due = (
        Delivery.status == _PENDING,
        Delivery.installation_id == installation_id,
        Delivery.due_at <= now,
    )
    nearest = select(Delivery.id).where(*due).order_by(Delivery.due_at, Delivery.id).limit(front)
    earliest = aliased(Delivery)
    # A scalar subquery, as PostgreSQL turns NOT EXISTS into a join over the whole queue; this is an index probe each.
    first_of_subject = (
        select(func.min(earliest.id))
        .where(
            earliest.status == _PENDING,
            earliest.installation_id == installation_id,
            earliest.subject == Delivery.subject,
        )
        .scalar_subquery()
    )
    heads = (
        select(Delivery.subject)
        .where(*due, Delivery.id == first_of_subject)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    near = session.scalars(heads.where(Delivery.id.in_(nearest.correlate(None)))).all()
    return near or session.scalars(heads).all()


def _in_order(
    session: Session, installation_id: str, subjects: Sequence[str], limit: int, now: datetime
) -> Sequence[Any]:
    """The oldest `limit` messages of the held subjects, each subject's cut before its first that isn't due."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(
            Delivery.status == _PENDING,
            Delivery.installation_id == installation_id,
            Delivery.subject.in_(subjects),
        )
        .order_by(Delivery.id)
        .limit(limit)
    ).all()
    waiting: set[str] = set()
    ready = []
    for row in rows:
        if row.due_at > now:
            waiting.add(row.subject)
        if row.subject not in waiting:
            ready.append(row)
    return ready


def _owed(row: Any) -> Owed:
    message = Message(row.key, row.kind, row.subject, row.payload, _occurred_at(row.payload, row.created_at))
    return Owed(row.id, message, row.attempts, row.wait_s, row.owed_since)


def _occurred_at(payload: dict[str, Any], created_at: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(payload.get("occurred_at") or payload["started_at"])
    except (KeyError, TypeError, ValueError):
        return created_at
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def take_up(session: Session, installation_id: str, lease: str, until: datetime) -> Claim:
    """A claim of one who died, as it stands, and ours until then; what was taken back since isn't in it."""
    mine = (Delivery.status == _PENDING, Delivery.installation_id == installation_id, Delivery.lease == lease)
    session.execute(update(Delivery).where(*mine).values(due_at=until).execution_options(synchronize_session=False))
    rows = session.execute(select(*_COLUMNS).where(*mine, Delivery.recalled.is_(False)).order_by(Delivery.id)).all()
    return Claim(lease, installation_id, tuple(_owed(row) for row in rows))


def let_go(
    session: Session, installation_id: str, lease: str, now: datetime, *, subjects: Collection[str] | None = None
) -> None:
    """Give a claim back unanswered, for anybody to take at once; with `subjects` only what is about these."""
    mine = [Delivery.status == _PENDING, Delivery.installation_id == installation_id, Delivery.lease == lease]
    if subjects is not None:
        mine.append(Delivery.subject.in_(subjects))
    values = {"lease": None, "due_at": now}
    session.execute(update(Delivery).where(*mine).values(values).execution_options(synchronize_session=False))


def still_ours(session: Session, claim: Claim) -> set[int]:
    """The claimed ids whose lease hasn't ended and gone to another; locked, in order, until the transaction ends.

    Those taken back meanwhile aren't ours, and are forgotten.
    """
    ids = [owed.id for owed in claim.owed]
    mine = (Delivery.id.in_(ids), Delivery.lease == claim.lease)
    held = select(Delivery.id, Delivery.recalled).where(*mine).order_by(Delivery.id)
    rows = session.execute(held.with_for_update()).all()
    _forget(session, [row.id for row in rows if row.recalled])
    return {row.id for row in rows if not row.recalled}


def _forget(session: Session, ids: Sequence[int]) -> None:
    if ids:
        session.execute(delete(Delivery).where(Delivery.id.in_(ids)).execution_options(synchronize_session=False))
