"""Deals as they stand, looked at every few minutes: what changed since, and only of people who got links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from connectors.hubspot.api.errors import MissingScopes
from connectors.hubspot.api.values import moment, number
from connectors.hubspot.api.version import API
from connectors.hubspot.outcomes.changed import Asked, Cursor, cursor_from, walk
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.known import aliases_of
from connectors.hubspot.read.live import DEALS
from connectors.turn import cursor_of, keep_cursor
from plugin.accounts.models import Installation
from plugin.recipients import outcomes
from plugin.recipients.outcomes import State, Told

log = structlog.get_logger()

SUBJECT = "deals"
ASKED = Asked(
    "deals",
    "hs_lastmodifieddate",
    ("dealstage", "amount", "deal_currency_code", "closedate", "hs_is_closed", "hs_is_closed_won"),
)
_BEFORE = timedelta(days=1)
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST = 200


def poll_deals(portal: Portal) -> int:
    """Keep every deal that changed since the last look; how many were new or newer. Raises `HubSpotError`.

    Stopped anywhere, the next look goes on there. Without the scope for deals nothing is looked at.
    """
    if DEALS not in portal.config.scopes:
        return 0
    kept = 0
    try:
        for results, cursor in walk(portal, ASKED, _cursor(portal)):
            kept += _keep(portal, results)
            keep_cursor(portal, SUBJECT, cursor.as_json())
    except MissingScopes as error:
        log.info("hubspot.no_deals", installation_id=portal.installation_id, scopes=error.scopes)
    if kept:
        log.info("hubspot.outcomes", installation_id=portal.installation_id, outcomes=kept)
    return kept


def told_of(deal_id: str, properties: Mapping[str, Any], people: frozenset[str]) -> Told | None:
    """A deal in the product's words; None when HubSpot doesn't say when it changed."""
    modified_at = moment(properties.get(ASKED.changed))
    if modified_at is None:
        return None
    won = properties.get("hs_is_closed_won") == "true"
    state: State = "won" if won else "lost" if properties.get("hs_is_closed") == "true" else "open"
    currency = properties.get("deal_currency_code")
    return Told(
        kind="deal",
        external_id=deal_id,
        stage=str(properties.get("dealstage") or "")[:_LONGEST],
        state=state,
        amount=number(properties.get("amount")),
        currency=currency if isinstance(currency, str) and _CURRENCY.fullmatch(currency) else None,
        closed_at=moment(properties.get("closedate")),
        modified_at=modified_at,
        people=people,
    )


def _cursor(portal: Portal) -> Cursor:
    with portal.database.reading() as session:
        begun = session.scalar(select(Installation.created_at).where(Installation.id == portal.installation_id))
    return cursor_from(cursor_of(portal, SUBJECT), (begun or portal.clock()) - _BEFORE)


def _keep(portal: Portal, results: Sequence[Mapping[str, Any]]) -> int:
    deals = {str(each["id"]): each["properties"] for each in results if each.get("id") and each.get("properties")}
    if not deals:
        return 0
    people = _people(portal, list(deals))
    found = [told_of(each, properties, people.get(each, frozenset())) for each, properties in deals.items()]
    with portal.database.transaction() as session:
        return outcomes.keep(session, portal.installation_id, [each for each in found if each is not None])


def _people(portal: Portal, deal_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The contacts of each deal, merged ones by the ids they had before too."""
    body = {"inputs": [{"id": each} for each in deal_ids]}
    answer = portal.api.read("POST", f"/crm/associations/{API}/deals/contacts/batch/read", body=body)
    found: dict[str, frozenset[str]] = {}
    for each in answer.results:
        of, listed = each.get("from"), each.get("to")
        if isinstance(of, dict) and isinstance(listed, list):
            ids = {str(bond["toObjectId"]) for bond in listed if isinstance(bond, dict) and bond.get("toObjectId")}
            found[str(of.get("id"))] = frozenset(ids)
    aliases = aliases_of(portal, {person for people in found.values() for person in people})
    before: dict[str, set[str]] = {}
    for old, now in aliases.items():
        before.setdefault(now, set()).add(old)
    return {deal: people.union(*(before.get(person, ()) for person in people)) for deal, people in found.items()}
