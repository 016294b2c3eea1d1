"""Make a CRM record someone a link can be issued to; only the reference is kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, String, Table, bindparam, select
from sqlalchemy.orm import Session

from plugin.kernel.bulk import among, given, packed
from plugin.kernel.clock import utcnow
from plugin.kernel.database import UtcDateTime, insert_ignoring
from plugin.kernel.errors import BadInput
from plugin.kernel.ids import new_id
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

MAX_EXTERNAL_ID = 255
CHUNK = 5000
"""References looked up in one statement."""

_TABLE = cast("Table", Recipient.__table__)


def enrol(session: Session, ref: ExternalRef) -> str:
    """The recipient id of a CRM record, the same one every time; raises `BadInput` for an id no CRM could have."""
    return enrol_many(session, [ref])[ref]


def enrol_many(session: Session, refs: Iterable[ExternalRef]) -> dict[ExternalRef, str]:
    """The recipient ids of many records, in a few statements whatever their number."""
    wanted: dict[tuple[str, str], dict[str, ExternalRef]] = {}
    for ref in refs:
        check(ref)
        wanted.setdefault((ref.installation_id, ref.type), {})[ref.id] = ref
    found: dict[ExternalRef, str] = {}
    for (installation_id, external_type), by_id in wanted.items():
        # Sorted: two jobs that add the same people in different orders must not wait for each other in a ring.
        ids = sorted(by_id)
        for start in range(0, len(ids), CHUNK):
            known = _enrol_chunk(session, installation_id, external_type, ids[start : start + CHUNK])
            found.update((by_id[external_id], recipient_id) for external_id, recipient_id in known.items())
    return found


def _enrol_chunk(session: Session, installation_id: str, external_type: str, ids: list[str]) -> dict[str, str]:
    place = {"installation": installation_id, "type": external_type}
    known = _find(session, place, ids)
    fresh = {external_id: new_id() for external_id in ids if external_id not in known}
    if not fresh:
        return known
    values = {**place, "now": utcnow(), "given": packed((made, external_id) for external_id, made in fresh.items())}
    added = session.execute(_insert(session.get_bind().dialect.name), values)
    if added.rowcount < len(fresh):  # type: ignore[attr-defined]
        # Someone enrolled some of them meanwhile: whoever stands in the table counts, not whom we offered.
        fresh = _find(session, place, list(fresh))
    return known | fresh


def _find(session: Session, place: dict[str, str], ids: list[str]) -> dict[str, str]:
    values = {**place, "given": packed((external_id,) for external_id in ids)}
    return {row.external_id: row.id for row in session.execute(_lookup(session.get_bind().dialect.name), values)}


@cache
def _lookup(dialect: str) -> Select[str, str]:
    return select(Recipient.external_id, Recipient.id).where(
        Recipient.installation_id == bindparam("installation"),
        Recipient.external_type == bindparam("type"),
        among(dialect, Recipient.external_id),
    )


@cache
def _insert(dialect: str) -> Any:
    fresh = given(dialect, "id", "external_id")
    columns = ("id", "external_id", "installation_id", "external_type", "created_at")
    rows = select(
        fresh.c.id,
        fresh.c.external_id,
        bindparam("installation", type_=String()),
        bindparam("type", type_=String()),
        bindparam("now", type_=UtcDateTime()),
    ).where(fresh.c.id.is_not(None))  # SQLite takes `SELECT … ON CONFLICT` for a join unless a WHERE stands between.
    return insert_ignoring(dialect, _TABLE).from_select(columns, rows, include_defaults=False)


def check(ref: ExternalRef) -> None:
    """Raise `BadInput` for a reference no CRM could have."""
    if not 0 < len(ref.id) <= MAX_EXTERNAL_ID:
        raise BadInput(f"an external id has 1 to {MAX_EXTERNAL_ID} characters")
    if not 0 < len(ref.type) <= MAX_EXTERNAL_ID:
        raise BadInput(f"an external type has 1 to {MAX_EXTERNAL_ID} characters")
    if not ref.id.isprintable() or not ref.type.isprintable():
        raise BadInput("an external id or type may not hold control characters")
