"""Who opted out of mail or bounced since the last look: of people who got links, so that they are left alone at once.

That somebody wants mail again is seen when their contact is next read: at an open, in a list, in a workflow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from connectors.hubspot.api.search import where
from connectors.hubspot.outcomes.changed import Asked, cursor_from, walk
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.choose import STANDING_NEEDS, standing_of
from connectors.hubspot.read.known import aliases_of
from connectors.hubspot.read.standing import CONTACT, keep_standing
from connectors.turn import cursor_of, keep_cursor
from plugin.kernel.bulk import among, packed
from plugin.recipients.models import Recipient

log = structlog.get_logger()

SUBJECT = "opt_outs"
ASKED = Asked(
    "contacts",
    "lastmodifieddate",
    STANDING_NEEDS,
    (
        (where("hs_email_optout", "EQ", "true"),),
        (where("hs_email_bad_address", "EQ", "true"),),
        (where("hs_email_quarantined", "EQ", "true"),),
        (where("hs_email_hard_bounce_reason_enum", "HAS_PROPERTY"),),
    ),
)
_FIRST = timedelta(days=3650)
"""The first look goes back as far as HubSpot knows."""


def poll_opt_outs(portal: Portal) -> int:
    """Suppress whoever opted out or bounced since the last look; how many. Raises `HubSpotError`."""
    found = 0
    for results, cursor in walk(portal, ASKED, cursor_from(cursor_of(portal, SUBJECT), portal.clock() - _FIRST)):
        found += keep_standing(portal, _ours(portal, results))
        keep_cursor(portal, SUBJECT, cursor.as_json())
    if found:
        log.info("hubspot.opted_out", installation_id=portal.installation_id, contacts=found)
    return found


def _ours(portal: Portal, results: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Standing by contact id, of recipients only: we keep nothing of people who never got a link."""
    standing = {str(each["id"]): standing_of(each["properties"]) for each in results if each.get("properties")}
    aliases = aliases_of(portal, standing)
    by_id = standing | {old: standing[now] for old, now in aliases.items()}
    with portal.database.reading() as session:
        mine = select(Recipient.external_id).where(
            Recipient.installation_id == portal.installation_id,
            Recipient.external_type == CONTACT,
            among(session.get_bind().dialect.name, Recipient.external_id),
        )
        ours = set(session.scalars(mine, {"given": packed((each,) for each in by_id)}))
    return {each: by_id[each] for each in by_id if each in ours}
