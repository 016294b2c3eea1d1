"""Searching CRM records: at HubSpot's own pace for searches, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.hubspot.api.errors import TooMany
from connectors.hubspot.api.paging import after_of
from connectors.hubspot.api.values import http_date
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from plugin.kernel.pace import TooBusy

PAGE = 200
"""The most HubSpot gives at once."""
MOST = 10_000
"""Beyond so many results of one search HubSpot gives no more."""
_PATIENCE_S = 10.0
Filter = Mapping[str, Any]


def where(name: str, operator: str, value: str | None = None) -> Filter:
    """One condition, such as `where("amount", "GT", "5")` or `where("email", "HAS_PROPERTY")`."""
    found = {"propertyName": name, "operator": operator}
    return found if value is None else found | {"value": value}


@dataclass(frozen=True, slots=True)
class Page:
    """Some results of a search, how many there are in all, and where the next ones begin."""

    results: Sequence[Mapping[str, Any]]
    total: int
    after: str | None
    told_at: datetime | None = None
    """HubSpot's own time, as it said with them."""


def search(
    portal: Portal,
    object_type: str,
    groups: Sequence[Sequence[Filter]],
    *,
    properties: Sequence[str] = (),
    sorts: Sequence[str] = (),
    limit: int = PAGE,
    after: str | None = None,
) -> Page:
    """Records that pass every filter of one of the `groups` (at most five); raises `HubSpotError`."""
    if portal.searches is not None:
        try:
            portal.searches.take(patience_s=_PATIENCE_S)
        except TooBusy as busy:
            raise TooMany("OURS", busy.after_s) from None
    asked = {
        "filterGroups": [{"filters": [dict(each) for each in filters]} for filters in groups],
        "properties": list(properties),
        "sorts": list(sorts),
        "limit": limit,
        "after": after or "0",
    }
    answer = portal.api.read("POST", f"/crm/objects/{API}/{object_type}/search", body=asked)
    body: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    total = body.get("total")
    count = total if isinstance(total, int) else len(answer.results)
    return Page(answer.results, count, after_of(body), http_date(answer.headers.get("date")))
