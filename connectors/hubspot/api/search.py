"""Searching CRM records: at HubSpot's own pace for searches, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.api.errors import TooMany
from connectors.hubspot.api.paging import after_of
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from plugin.kernel.pace import TooBusy

PAGE = 200
"""The most HubSpot gives at once."""
MOST = 10_000
"""Beyond so many results of one search HubSpot gives no more."""
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Page:
    """Some results of a search, how many there are in all, and where the next ones begin."""

    results: Sequence[Mapping[str, Any]]
    total: int
    after: str | None


def search(
    portal: Portal,
    object_type: str,
    filters: Sequence[Mapping[str, Any]],
    *,
    properties: Sequence[str] = (),
    sorts: Sequence[str] = (),
    limit: int = PAGE,
    after: str | None = None,
) -> Page:
    """Records that pass all `filters`; raises `HubSpotError`."""
    if portal.searches is not None:
        try:
            portal.searches.take(patience_s=_PATIENCE_S)
        except TooBusy as busy:
            raise TooMany("OURS", busy.after_s) from None
    asked = {
        "filterGroups": [{"filters": [dict(each) for each in filters]}],
        "properties": list(properties),
        "sorts": list(sorts),
        "limit": limit,
        "after": after or "0",
    }
    answer = portal.api.read("POST", f"/crm/objects/{API}/{object_type}/search", body=asked)
    body: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    total = body.get("total")
    return Page(answer.results, total if isinstance(total, int) else len(answer.results), after_of(body))
