"""Make a CRM record someone a link can be issued to; only the reference is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from plugin.kernel.clock import utcnow
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import BadInput
from plugin.kernel.ids import new_id
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

MAX_EXTERNAL_ID = 255
_TABLE = cast("Table", Recipient.__table__)
_FIND = select(Recipient.external_id, Recipient.id).where(
    Recipient.installation_id == bindparam("installation"),
    Recipient.external_type == bindparam("type"),
    Recipient.external_id.in_(bindparam("ids", expanding=True)),
)
CHUNK = 5000
"""References looked up in one statement; SQLite binds at most 32,766."""


def enrol(session: Session, ref: ExternalRef) -> str:
    """The recipient id of a CRM record, the same one every time; raises `BadInput` for an id no CRM could have."""
    return enrol_many(session, [ref])[ref]


def enrol_many(session: Session, refs: Iterable[ExternalRef]) -> dict[ExternalRef, str]:
    """The recipient ids of many records, in a few statements whatever their number."""
    wanted: dict[tuple[str, str], dict[str, ExternalRef]] = {}
    for ref in refs:
        _check(ref)
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
    known = _find(session, installation_id, external_type, ids)
    missing = [external_id for external_id in ids if external_id not in known]
    if not missing:
        return known
    now = utcnow()
    fresh = {external_id: new_id() for external_id in missing}
    rows = [
        {
            "id": recipient_id,
            "installation_id": installation_id,
            "external_type": external_type,
            "external_id": external_id,
            "created_at": now,
        }
        for external_id, recipient_id in fresh.items()
    ]
    session.execute(insert_ignoring(session.get_bind().dialect.name, _TABLE), rows)
    # Someone may have enrolled the same people meanwhile: whoever stands in the table counts, not whom we offered.
    return known | _find(session, installation_id, external_type, missing)


def _find(session: Session, installation_id: str, external_type: str, ids: list[str]) -> dict[str, str]:
    rows = session.execute(_FIND, {"installation": installation_id, "type": external_type, "ids": ids})
    return {row.external_id: row.id for row in rows}


def _check(ref: ExternalRef) -> None:
    if not ref.id or len(ref.id) > MAX_EXTERNAL_ID:
        raise BadInput(f"an external id has 1 to {MAX_EXTERNAL_ID} characters")
    if not ref.id.isprintable():
        raise BadInput("an external id may not hold control characters")
