"""What follows when HubSpot says that a contact was deleted, erased or merged. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from sqlalchemy import delete

from connectors import people
from connectors.hubspot.models import (
    HubSpotAskedAgain,
    HubSpotCallback,
    HubSpotContact,
    HubSpotNote,
    HubSpotTelling,
)
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.known import aliases_of, keep_gone, keep_move, known
from connectors.hubspot.read.standing import CONTACT
from plugin.recipients.ports import ExternalRef

log = structlog.get_logger()

_TABLES = (HubSpotNote, HubSpotTelling, HubSpotCallback, HubSpotAskedAgain, HubSpotContact)
"""What is kept of a contact by their id."""


def contact_deleted(portal: Portal, contact_id: str) -> None:
    """To HubSpot's recycling bin: see `people.put_away`. One that is restored is as before at the next open."""
    keep_gone(portal, contact_id)
    with portal.database.transaction() as session:
        people.put_away(session, [_ref(portal, contact_id)], clock=portal.clock)
    log.info("hubspot.contact_deleted", installation_id=portal.installation_id)


def privacy_deleted(portal: Portal, contact_id: str) -> None:
    """Erased at the person's wish, under whatever id they had before merges, too: see `people.erase`.

    HubSpot has erased its own part, notes among it.
    """
    ids = {contact_id, *aliases_of(portal, [contact_id])}
    with portal.database.transaction() as session:
        people.erase(session, portal.vault, [_ref(portal, each) for each in ids], clock=portal.clock)
        for table in _TABLES:
            session.execute(
                delete(table).where(table.installation_id == portal.installation_id, table.contact_id.in_(ids))
            )
    log.info("hubspot.contact_erased", installation_id=portal.installation_id)


def contacts_merged(portal: Portal, survivor_id: str, merged_ids: Collection[str]) -> None:
    """Who was merged is the survivor from now on: for reads, for what is told, for what nobody may tell.

    See `people.join`; where both have recipients, the alias leads from the one to the other.
    """
    survivor, _ = known(portal, survivor_id)
    for each in sorted(set(merged_ids) - {survivor}):
        keep_move(portal, each, survivor)
        with portal.database.transaction() as session:
            people.join(session, portal.vault, _ref(portal, each), _ref(portal, survivor), clock=portal.clock)
    log.info("hubspot.contacts_merged", installation_id=portal.installation_id, merged=len(merged_ids))


def _ref(portal: Portal, contact_id: str) -> ExternalRef:
    return ExternalRef(portal.installation_id, CONTACT, contact_id)
