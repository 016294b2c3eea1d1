"""What is known of one recipient right now: read from the CRM, else from the last sealed snapshot, else nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from plugin.kernel.database import Database, upsert
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import SealBroken, Vault
from plugin.recipients.live import LiveReads, live_reads
from plugin.recipients.models import ProfileSnapshot
from plugin.recipients.ports import ExternalRef, ProfileSource, ProfileUnavailable, Record, RecordGone

log = structlog.get_logger()

_TABLE = cast("Table", ProfileSnapshot.__table__)
_FIND = select(_TABLE.c.sealed).where(_TABLE.c.recipient_id == bindparam("id"))
_SEALED = Prepared(_FIND)
_SEALED_TO_CHANGE = Prepared(_FIND.with_for_update())
_KEEP = Prepared(lambda dialect: upsert(dialect, _TABLE, ["recipient_id"], ["sealed", "read_at"]))
_MOMENT_S = 60.0
"""The age of a snapshot is told in minutes."""
Snapshot = dict[str, tuple[Any, float]]
"""Path → value and when it was read, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A recipient's raw values by source path, and how fresh they are."""

    values: Mapping[str, Any]
    read_at: datetime | None
    """The oldest value's; None: nothing is known."""
    live: bool
    """The CRM answered for this very reading; `gone` is such an answer too."""
    gone: bool = False
    """The CRM no longer has this person: nothing may be shown or kept."""


UNKNOWN = Reading({}, None, live=False)


def read_profile(
    database: Database,
    vault: Vault,
    source: ProfileSource,
    recipient_id: str,
    ref: ExternalRef,
    paths: Collection[str],
    *,
    budget_s: float,
    reads: LiveReads = live_reads,
) -> Reading:
    """The person's values at `paths`, within `budget_s` and never an exception from the CRM.

    Holds no transaction while it waits. A live answer is not stored here: `settle_reading` does that for the caller.
    One that comes too late refreshes the snapshot by itself.
    """
    if not paths:
        return UNKNOWN

    def late(answer: Record | RecordGone) -> None:
        with database.transaction() as session:
            settle_reading(session, vault, recipient_id, paths, _reading_of(answer))

    try:
        return _reading_of(reads.read(source, ref, paths, budget_s=budget_s, late=late))
    except RecordGone as gone:
        return _reading_of(gone)
    except ProfileUnavailable:
        with database.reading() as session:
            return snapshot_of(session, vault, recipient_id, paths)


def snapshot_of(session: Session, vault: Vault, recipient_id: str, paths: Collection[str]) -> Reading:
    """The last values read at `paths`, with the age of the oldest; one that can't be unsealed counts as none."""
    row = _SEALED.first(session, {"id": recipient_id})
    known = _unsealed(vault, recipient_id, row[0] if row else None)
    kept = {path: known[path] for path in paths if path in known}
    if not kept:
        return UNKNOWN
    oldest = min(at for _, at in kept.values())
    return Reading(
        {path: value for path, (value, _) in kept.items() if value is not None},
        datetime.fromtimestamp(oldest, UTC),
        live=False,
    )


def settle_reading(session: Session, vault: Vault, recipient_id: str, paths: Collection[str], reading: Reading) -> None:
    """Keep a live reading, sealed, as the stand-in for a late CRM; forget everything when the record is gone.

    Values at other paths, read for another campaign, stay. Of two readings the later one counts, whichever is settled
    first.
    """
    if not reading.live:
        return
    if reading.gone or reading.read_at is None:
        session.connection().execute(delete(_TABLE).where(_TABLE.c.recipient_id == recipient_id))
        return
    kept = _SEALED_TO_CHANGE.first(session, {"id": recipient_id})
    known = _unsealed(vault, recipient_id, kept[0] if kept else None)
    at = reading.read_at.timestamp()
    if _stands(known, paths, reading, at):
        return
    for path in paths:
        if path not in known or known[path][1] <= at:
            known[path] = (reading.values.get(path), at)
    row = {
        "recipient_id": recipient_id,
        "sealed": vault.seal(_place(recipient_id), json.dumps(known, separators=(",", ":")).encode()),
        "read_at": datetime.fromtimestamp(max(at for _, at in known.values()), UTC),
    }
    _KEEP.run(session, row)


def _stands(known: Snapshot, paths: Collection[str], reading: Reading, at: float) -> bool:
    """The same was kept a moment ago: writing it again would only hold up other writers."""
    return all(path in known and _same(known[path], reading.values.get(path), at) for path in paths)


def _same(known: tuple[Any, float], value: Any, at: float) -> bool:
    kept, kept_at = known
    # True is not 1 here.
    return type(kept) is type(value) and kept == value and at - kept_at < _MOMENT_S


def _reading_of(answer: Record | RecordGone) -> Reading:
    if isinstance(answer, RecordGone):
        return Reading({}, None, live=True, gone=True)
    return Reading(answer.values, answer.read_at, live=True)


def _unsealed(vault: Vault, recipient_id: str, sealed: bytes | None) -> Snapshot:
    if sealed is None:
        return {}
    try:
        plain = vault.unseal(_place(recipient_id), sealed)
    except SealBroken:
        log.warning("snapshot.unreadable", recipient_id=recipient_id)
        return {}
    return {path: (value, at) for path, (value, at) in json.loads(plain).items()}


def _place(recipient_id: str) -> str:
    return f"recipient|{recipient_id}|snapshot"
