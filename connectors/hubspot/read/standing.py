"""Keeping what HubSpot says of a contact's mail: opted out or bounced is a suppression, as long as HubSpot says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from connectors.hubspot.portal import Portal
from plugin.privacy import standing as people
from plugin.recipients.ports import ExternalRef

CONTACT = "contact"


def keep_standing(portal: Portal, standing: Mapping[str, Collection[str]]) -> int:
    """Bring our suppressions in line with `standing` (contact id → reasons); how many contacts that changed."""
    told = {ExternalRef(portal.installation_id, CONTACT, contact_id): held for contact_id, held in standing.items()}
    return people.keep_standing(portal.database, portal.vault, told, clock=portal.clock)
