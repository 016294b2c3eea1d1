"""What we keep of a contact so that the next read takes one trip: ids of what hangs together, no values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select

from connectors.hubspot.models import HubSpotContact
from connectors.hubspot.portal import Portal
from plugin.kernel.bulk import among, packed
from plugin.kernel.database import Database, upsert
from plugin.kernel.prepare import Prepared

_TABLE = cast("Table", HubSpotContact.__table__)
_COLUMNS = (_TABLE.c.moved_to, _TABLE.c.company_id, _TABLE.c.deal_ids, _TABLE.c.associated_at, _TABLE.c.gone_at)
_FIND = Prepared(
    select(*_COLUMNS).where(
        _TABLE.c.installation_id == bindparam("installation_id"), _TABLE.c.contact_id == bindparam("contact_id")
    )
)
_MOST_MOVES = 8


@dataclass(frozen=True, slots=True)
class Bonds:
    """What hangs together with a contact, as last seen; `seen_at` None: never looked."""

    company_id: str | None = None
    deal_ids: tuple[str, ...] = ()
    seen_at: datetime | None = None
    gone_at: datetime | None = None


def known(portal: Portal, contact_id: str) -> tuple[str, Bonds]:
    """The id this contact has now, after all merges we know of, and their bonds."""
    with portal.database.reading() as session:
        for _ in range(_MOST_MOVES):
            row = _FIND.first(session, {"installation_id": portal.installation_id, "contact_id": contact_id})
            if row is None:
                return contact_id, Bonds()
            moved_to, company_id, deal_ids, seen_at, gone_at = row
            if not moved_to or moved_to == contact_id:
                return contact_id, Bonds(company_id, tuple(deal_ids), seen_at, gone_at)
            contact_id = moved_to
    return contact_id, Bonds()


def aliases_of(portal: Portal, contact_ids: Collection[str]) -> Mapping[str, str]:
    """Ids that contacts had before they were merged into these: old id → the present one."""
    found: dict[str, str] = {}
    wanted = list(contact_ids)
    while wanted:
        with portal.database.reading() as session:
            moved = select(HubSpotContact.contact_id, HubSpotContact.moved_to).where(
                HubSpotContact.installation_id == portal.installation_id,
                among(session.get_bind().dialect.name, HubSpotContact.moved_to),
            )
            rows = session.execute(moved, {"given": packed((each,) for each in wanted)}).all()
        fresh = {old: found.get(now, now) for old, now in rows if now and old not in found and old not in contact_ids}
        found |= fresh
        wanted = list(fresh)
    return found


def keep_bonds(portal: Portal, bonds: Mapping[str, Bonds]) -> None:
    """Remember what hangs together with contacts, by contact id."""
    changed = ("company_id", "deal_ids", "associated_at", "gone_at", "updated_at")
    now = portal.clock()
    rows = [
        _row(portal, contact_id, now)
        | {"company_id": each.company_id, "deal_ids": list(each.deal_ids), "associated_at": each.seen_at or now}
        for contact_id, each in sorted(bonds.items())
    ]
    _write(portal.database, changed, rows)


def keep_move(portal: Portal, contact_id: str, moved_to: str) -> None:
    """A contact was merged into another: what asks for the one is answered by the other."""
    row = _row(portal, contact_id, portal.clock()) | {"moved_to": moved_to}
    _write(portal.database, ("moved_to", "updated_at"), [row])


def keep_gone(portal: Portal, contact_id: str) -> None:
    """HubSpot no longer has this contact."""
    now = portal.clock()
    _write(portal.database, ("gone_at", "updated_at"), [_row(portal, contact_id, now) | {"gone_at": now}])


def _row(portal: Portal, contact_id: str, now: datetime) -> dict[str, Any]:
    return {
        "installation_id": portal.installation_id,
        "contact_id": contact_id,
        "moved_to": None,
        "gone_at": None,
        "company_id": None,
        "deal_ids": [],
        "associated_at": None,
        "folded": {},
        "updated_at": now,
    }


def _write(database: Database, changed: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        with database.transaction() as session:
            statement = upsert(session.get_bind().dialect.name, _TABLE, ["installation_id", "contact_id"], changed)
            session.execute(statement, list(rows))
