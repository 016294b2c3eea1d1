"""Walking through all records that changed since, missing none: at equal moments, past 10,000, found late by a search.

A search sorts by one property only: records that changed at one moment come in no order. So a full page, sorted by the
moment of change, is whole but for its last moment; what changed at that one is then read by id, however much it is.
Each search begins anew behind what was seen, so none goes past 10,000. Seeing a record twice is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot.api.search import PAGE, Filter, Page, search, where
from connectors.hubspot.api.values import milliseconds, moment
from connectors.hubspot.portal import Portal

LAG = timedelta(minutes=5)
"""A record may be found by a search so much later than it changed: the next walk begins that long before now."""
_ID = "hs_object_id"


@dataclass(frozen=True, slots=True)
class Cursor:
    """All that changed before `at` was seen, and of what changed at it, all up to `after_id` (empty: nothing yet)."""

    at: datetime
    after_id: str = ""
    floor: datetime | None = None
    """Where the walk began that came so far; None: at `at`."""

    def as_json(self) -> dict[str, Any]:
        """As kept."""
        return {"at": self.at.isoformat(), "after_id": self.after_id, "floor": (self.floor or self.at).isoformat()}


def cursor_from(kept: Mapping[str, Any], begin: datetime) -> Cursor:
    """The cursor as kept, else at `begin`."""
    at = moment(kept.get("at"))
    return Cursor(begin) if at is None else Cursor(at, str(kept.get("after_id") or ""), moment(kept.get("floor")))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is walked through. `groups`: conditions beside the change, as in a search."""

    object_type: str
    changed: str
    """The property that holds when a record changed."""
    properties: Sequence[str]
    groups: Sequence[Sequence[Filter]] = ((),)


Results = Sequence[Mapping[str, Any]]


def walk(portal: Portal, asked: Asked, cursor: Cursor) -> Iterator[tuple[Results, Cursor]]:
    """Pages of records, each with the cursor that stands once they are dealt with; ends when there are no more.

    Stopped anywhere and taken up at the last cursor kept, it sees every record. Raises `HubSpotError`.
    """
    floor = cursor.floor or cursor.at
    while True:
        while cursor.after_id:
            results = _search(portal, asked, _at(asked, cursor), _ID).results
            if len(results) == PAGE:
                cursor = Cursor(cursor.at, str(results[-1].get("id") or "0"), floor)
            else:
                cursor = Cursor(cursor.at + timedelta(milliseconds=1), "", floor)
            yield results, cursor
        begun = portal.clock()
        page = _search(portal, asked, [where(asked.changed, "GTE", milliseconds(cursor.at))], asked.changed)
        results = page.results
        if len(results) < PAGE:
            # Moments are HubSpot's: where our clock is ahead of its, what changes next would be passed over for good.
            begun = min(begun, page.told_at or begun)
            yield results, Cursor(max(floor, begun - LAG))
            return
        # Never back, whatever order they came in.
        cursor = Cursor(max(_changed(asked, results[-1]) or cursor.at, cursor.at), "0", floor)
        yield results, cursor


def _search(portal: Portal, asked: Asked, conditions: Sequence[Filter], sort: str) -> Page:
    groups = [[*conditions, *group] for group in asked.groups]
    names = list(dict.fromkeys((*asked.properties, asked.changed)))
    return search(portal, asked.object_type, groups, properties=names, sorts=[sort], limit=PAGE)


def _at(asked: Asked, cursor: Cursor) -> list[Filter]:
    return [where(asked.changed, "EQ", milliseconds(cursor.at)), where(_ID, "GT", cursor.after_id)]


def _changed(asked: Asked, record: Mapping[str, Any]) -> datetime | None:
    properties = record.get("properties")
    return moment(properties.get(asked.changed)) if isinstance(properties, dict) else None
