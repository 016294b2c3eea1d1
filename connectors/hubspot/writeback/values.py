"""What is folded of each contact, in the database: held while it changes, handed over when contacts are merged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from connectors.hubspot.models import HubSpotContact
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback import fold
from plugin.kernel.bulk import among, packed
from plugin.kernel.database import insert_ignoring

_CONTACTS = cast("Table", HubSpotContact.__table__)


def hold(
    session: Session, portal: Portal, contact_ids: Collection[str], moves: Mapping[str, str]
) -> dict[str, fold.Folded]:
    """The contacts' values, by id, their rows made if need be and held until the transaction ends.

    `moves`: contacts by now merged into others (old id → present one): what was folded of them goes over.
    """
    ids = sorted({*contact_ids, *moves.values()})
    blank: dict[str, Any] = {
        "installation_id": portal.installation_id,
        "moved_to": None,
        "gone_at": None,
        "company_id": None,
        "deal_ids": [],
        "associated_at": None,
        "folded": {},
        "updated_at": portal.clock(),
    }
    unique = ["installation_id", "contact_id"]
    if ids:
        fresh = insert_ignoring(session.get_bind().dialect.name, _CONTACTS, unique)
        session.execute(fresh, [{**blank, "contact_id": contact_id} for contact_id in ids])
    held = _values(session, portal, {*ids, *moves}, lock=True)
    changed: dict[str, fold.Folded] = {}
    for old, present in sorted(moves.items()):
        if old != present and held.get(old):
            held[present] = changed[present] = fold.combine(held[present], held[old])
            held[old] = changed[old] = {}
    keep(session, portal, changed)
    return {contact_id: held[contact_id] for contact_id in ids}


def keep(session: Session, portal: Portal, folded: Mapping[str, fold.Folded]) -> None:
    """These are their values from now on; the rows are held by `hold`."""
    rows = [
        {
            "installation_id": portal.installation_id,
            "contact_id": contact_id,
            "folded": dict(values),
            "updated_at": portal.clock(),
        }
        for contact_id, values in sorted(folded.items())
    ]
    if rows:
        session.execute(update(HubSpotContact), rows)


def look(session: Session, portal: Portal, contact_ids: Collection[str]) -> dict[str, fold.Folded]:
    """The contacts' values as they stand now."""
    return _values(session, portal, contact_ids, lock=False)


def _values(session: Session, portal: Portal, ids: Collection[str], *, lock: bool) -> dict[str, fold.Folded]:
    query = (
        select(HubSpotContact.contact_id, HubSpotContact.folded)
        .where(
            HubSpotContact.installation_id == portal.installation_id,
            among(session.get_bind().dialect.name, HubSpotContact.contact_id),
        )
        .order_by(HubSpotContact.contact_id)
    )
    given: dict[str, Any] = {"given": packed((each,) for each in sorted(ids))}
    return dict(session.execute(query.with_for_update() if lock else query, given).all())
