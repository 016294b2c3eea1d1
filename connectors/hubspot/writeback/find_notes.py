"""Looking whether a visit's note was made: when the call that should make it ended without an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from connectors.hubspot.api.paging import after_of
from connectors.hubspot.api.version import API
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.note import visits_in

CONTACTS, NOTES = 1000, 100
"""Contacts whose notes are listed, and notes that are read, in one call."""
NEWEST = 300
"""Notes of one contact that are looked at: the one looked for was made lately."""
_MOST_PAGES = 20
_BONDS = f"/crm/associations/{API}/contacts/notes/batch/read"
_READ = f"/crm/objects/{API}/notes/batch/read"


def find(calls: Calls, wanted: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The notes (visit → note id) of the visits asked for (contact → visits); raises `HubSpotError`."""
    ids = sorted(wanted)
    notes: list[str] = []
    for start in range(0, len(ids), CONTACTS):
        for each in _notes_of(calls, ids[start : start + CONTACTS]).values():
            notes += sorted(each, key=lambda note: (len(note), note), reverse=True)[:NEWEST]
    visits = {visit for each in wanted.values() for visit in each}
    found: dict[str, str] = {}
    # The oldest first: should there be two, everybody finds the same.
    ordered = sorted(set(notes), key=lambda note: (len(note), note))
    batches = [ordered[start : start + NOTES] for start in range(0, len(ordered), NOTES)]
    for marked in calls.each([partial(_marked, calls, batch) for batch in batches]):
        for visit, note_id in marked:
            if visit in visits:
                found.setdefault(visit, note_id)
    return found


def _notes_of(calls: Calls, contact_ids: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    asked: list[dict[str, str]] = [{"id": contact_id} for contact_id in contact_ids]
    for _ in range(_MOST_PAGES):
        answer = calls.post(_BONDS, {"inputs": asked})
        asked = []
        for each in answer.results:
            contact_id = str(_dict(each.get("from")).get("id"))
            listed = each.get("to")
            bonds = listed if isinstance(listed, list) else []
            found.setdefault(contact_id, []).extend(str(_dict(bond).get("toObjectId")) for bond in bonds)
            if after := after_of(each):
                asked.append({"id": contact_id, "after": after})
        if not asked:
            break
    return found


def _marked(calls: Calls, note_ids: Collection[str]) -> list[tuple[str, str]]:
    body = {
        "inputs": [{"id": note_id} for note_id in note_ids],
        "properties": ["hs_note_body"],
        "propertiesWithHistory": [],
    }
    found = {
        str(each.get("id")): visits_in(_dict(each.get("properties")).get("hs_note_body"))
        for each in calls.post(_READ, body).results
    }
    return [(visit, note_id) for note_id in note_ids for visit in sorted(found.get(note_id, ()))]


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
