"""The custom event definitions a portal has of ours: our names → the names it gave them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from connectors.hubspot.accounts.abilities import EVENTS_DEFINE
from connectors.hubspot.accounts.assets import event_names
from connectors.hubspot.api.errors import Disconnected, HubSpotError
from connectors.hubspot.api.paging import after_of
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.api.version import API

PATH = f"/events/custom/{API}/event-definitions"
_MOST_PAGES = 20


def defined_events(api: HubSpotApi, scopes: Collection[str]) -> dict[str, str] | None:
    """Those there are; None when they may not or can't be looked at now. Raises `Disconnected`."""
    if EVENTS_DEFINE not in scopes:
        return None
    try:
        return {name: qualified for name, (qualified, _) in definitions(api).items()}
    except Disconnected:
        raise
    except HubSpotError:
        return None


def definitions(api: HubSpotApi) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Our definitions in a portal: name → fully qualified name and HubSpot's own description; raises `HubSpotError`."""
    ours = set(event_names())
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    after: str | None = None
    for _ in range(_MOST_PAGES):
        query = [("searchString", "segue"), ("limit", "100"), ("includeProperties", "true")]
        answer = api.read("GET", PATH, query=[*query, ("after", after)] if after else query)
        for each in answer.results:
            name, qualified = each.get("name"), each.get("fullyQualifiedName")
            if name in ours and isinstance(name, str) and isinstance(qualified, str) and not each.get("archived"):
                found[name] = (qualified, each)
        after = after_of(answer.body)
        if after is None:
            break
    return found
