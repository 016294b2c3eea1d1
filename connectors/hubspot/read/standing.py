"""Keeping what HubSpot says of a contact's mail: opted out or bounced is a suppression, as long as HubSpot says so.

So it holds wherever suppressions do, at no further cost: no link is made, an open plays and isn't measured, nothing is
written to the CRM.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from sqlalchemy import Table, select

from connectors.hubspot.portal import Portal
from plugin.kernel.bulk import among, packed
from plugin.kernel.database import insert_ignoring
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import CRM_REASONS, lift, pseudonym_of
from plugin.recipients.ports import ExternalRef

CONTACT = "contact"
_TABLE = cast("Table", Suppression.__table__)


def keep_standing(portal: Portal, standing: Mapping[str, Collection[str]]) -> int:
    """Bring our suppressions in line with `standing` (contact id → reasons); how many contacts that changed.

    A reason that isn't the CRM's (an erasure, a person's own stop) is never touched.
    """
    of = {pseudonym_of(portal.vault, _ref(portal, contact_id)): contact_id for contact_id in standing}
    held = _held(portal, of)
    changed = {
        pseudonym: (set(standing[contact_id]), held.get(pseudonym, set()))
        for pseudonym, contact_id in of.items()
        if set(standing[contact_id]) != held.get(pseudonym, set())
    }
    if not changed:
        return 0
    now = portal.clock()
    with portal.database.transaction() as session:
        statement = insert_ignoring(session.get_bind().dialect.name, _TABLE, ["pseudonym", "reason"])
        for pseudonym, (wanted, known) in sorted(changed.items()):
            for reason in sorted(known - wanted):
                lift(session, pseudonym, reason)
            rows = [{"pseudonym": pseudonym, "reason": reason, "at": now} for reason in sorted(wanted - known)]
            if rows:
                session.execute(statement, rows)
    return len(changed)


def _held(portal: Portal, pseudonyms: Collection[str]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    with portal.database.reading() as session:
        rows = session.execute(
            select(Suppression.pseudonym, Suppression.reason).where(
                among(session.get_bind().dialect.name, Suppression.pseudonym), Suppression.reason.in_(CRM_REASONS)
            ),
            {"given": packed((each,) for each in pseudonyms)},
        )
        for pseudonym, reason in rows:
            held.setdefault(pseudonym, set()).add(reason)
    return held


def _ref(portal: Portal, contact_id: str) -> ExternalRef:
    return ExternalRef(portal.installation_id, CONTACT, contact_id)
