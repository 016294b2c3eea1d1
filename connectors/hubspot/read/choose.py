"""What hangs together with a contact: their primary company, their primary deal, their standing with mail. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.hubspot.api.values import moment
from plugin.privacy.suppress import BOUNCED, OPTED_OUT

MOST_DEALS = 100
"""Deals of one contact that are looked at: the newest, as many as one call reads."""
DEAL_NEEDS = ("hs_is_closed", "hs_lastmodifieddate", "closedate")
"""What tells the primary deal; read beside what is asked for."""
STANDING_NEEDS = (
    "hs_email_optout",
    "hs_email_hard_bounce_reason_enum",
    "hs_email_bad_address",
    "hs_email_quarantined",
)
"""What tells the standing; read beside what is asked for."""

Properties = Mapping[str, Any]


def company_of(contact: Mapping[str, Any]) -> str | None:
    """The id of the contact's primary company, else of the first they belong to."""
    kinds: dict[str, set[str]] = {}
    for each in _bonds(contact, "companies"):
        kinds.setdefault(each["id"], set()).add(each["type"])
    # The primary one is told twice, as such and as one of all; which of the two names others have depends.
    return max(kinds, key=lambda company: (len(kinds[company]), "contact_to_company" in kinds[company]), default=None)


def deals_of(contact: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the contact's deals, the newest first, at most `MOST_DEALS`."""
    return newest({each["id"] for each in _bonds(contact, "deals")})


def newest(ids: Iterable[str]) -> tuple[str, ...]:
    """HubSpot's ids grow with time."""
    return tuple(sorted(ids, key=lambda each: (len(each), each), reverse=True)[:MOST_DEALS])


def primary_deal(deals: Sequence[Properties]) -> Properties | None:
    """The open deal changed last; with no open one, the deal closed last. Takes and answers properties."""
    open_deals = [deal for deal in deals if deal.get("hs_is_closed") != "true"]
    if open_deals:
        return max(open_deals, key=lambda deal: _moment(deal, "hs_lastmodifieddate"))
    return max(deals, key=lambda deal: _moment(deal, "closedate"), default=None)


def standing_of(properties: Properties) -> frozenset[str]:
    """Why no mail may or can reach this contact: `OPTED_OUT` of all mail, `BOUNCED` for good; empty: it can."""
    found = set()
    if properties.get("hs_email_optout") == "true":
        found.add(OPTED_OUT)
    bad = properties.get("hs_email_bad_address") == "true" or properties.get("hs_email_quarantined") == "true"
    if bad or properties.get("hs_email_hard_bounce_reason_enum"):
        found.add(BOUNCED)
    return frozenset(found)


def _moment(properties: Properties, name: str) -> datetime:
    return moment(properties.get(name)) or datetime.min.replace(tzinfo=UTC)


def _bonds(contact: Mapping[str, Any], to: str) -> list[Mapping[str, str]]:
    held = contact.get("associations")
    listed = held.get(to) if isinstance(held, dict) else None
    results = listed.get("results") if isinstance(listed, dict) else None
    return [
        {"id": str(each["id"]), "type": str(each.get("type", ""))}
        for each in (results if isinstance(results, list) else [])
        if isinstance(each, dict) and each.get("id")
    ]
