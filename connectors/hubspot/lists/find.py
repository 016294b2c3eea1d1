"""The lists of contacts a portal has, and who is on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.api.errors import NotThere
from connectors.hubspot.api.paging import after_of
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.runs.run import Source
from plugin.kernel.errors import BadInput, NotFound

SOURCE = "hubspot_list"
"""As a kind of source of runs."""
CONTACTS = "0-1"
"""HubSpot's id of the contact type."""
PAGE = 200
"""Members looked up at once: two batches of a hundred."""
_LISTS = f"/crm/lists/{API}"
_MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A list of contacts; `size` None: HubSpot doesn't say."""

    id: str
    name: str
    size: int | None
    kind: str
    """MANUAL | DYNAMIC | SNAPSHOT."""

    @property
    def source(self) -> Source:
        """As a run takes it."""
        return Source(SOURCE, self.id, self.name, self.size)


def find_lists(portal: Portal, words: str = "", *, limit: int = 50) -> tuple[ListInfo, ...]:
    """Lists of contacts whose name holds `words`, as HubSpot orders them; raises `HubSpotError`."""
    body = {
        "query": words[:200],
        "objectTypeId": CONTACTS,
        "count": min(max(limit, 1), _MOST_SHOWN),
        "offset": 0,
        "listIds": [],
        "processingTypes": [],
        "additionalProperties": ["hs_list_size"],
    }
    answer = portal.api.read("POST", f"{_LISTS}/search", body=body)
    found = answer.body.get("lists") if isinstance(answer.body, dict) else None
    listed = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return tuple(_info(each) for each in listed if each.get("objectTypeId") == CONTACTS)


def get_list(portal: Portal, list_id: str) -> ListInfo:
    """One list of contacts; raises `NotFound`, `BadInput` for a list of something else, `HubSpotError`."""
    if not list_id.isalnum() or len(list_id) > 30:
        raise BadInput("a list id is a number: you find it in the list's details in HubSpot")
    try:
        answer = portal.api.read("GET", f"{_LISTS}/{list_id}")
    except NotThere:
        raise NotFound(f"HubSpot has no list {list_id}") from None
    told = answer.body.get("list") if isinstance(answer.body, dict) else None
    found = told if isinstance(told, dict) else {}
    if found.get("objectTypeId") != CONTACTS:
        raise BadInput(f"the list {list_id} is not a list of contacts")
    return _info(found)


def members(api: HubSpotApi, list_id: str, after: str | None) -> tuple[Sequence[str], str | None]:
    """Contact ids of one page, and where the next begins (None: this was the last); raises `HubSpotError`."""
    query = [("limit", str(PAGE)), *([("after", after)] if after else [])]
    answer = api.read("GET", f"{_LISTS}/{list_id}/memberships", query=query, within_s=30.0)
    return [str(each["recordId"]) for each in answer.results if each.get("recordId")], after_of(answer.body)


def _info(told: Mapping[str, Any]) -> ListInfo:
    more = told.get("additionalProperties")
    sized = told.get("size", more.get("hs_list_size") if isinstance(more, dict) else None)
    size = int(sized) if isinstance(sized, int | str) and str(sized).isdecimal() else None
    return ListInfo(str(told.get("listId", "")), str(told.get("name", ""))[:200], size, str(told.get("processingType")))
