"""A contact's timeline as it stands: notes, media cards and events, in the order they came, with their raw values."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.sandbox.clock import iso, seconds
from connectors.hubspot.sandbox.definitions import NOTES
from connectors.hubspot.sandbox.media_bridge import Session
from connectors.hubspot.sandbox.portal import Portal


def entries(portal: Portal, contact_id: str) -> list[dict[str, Any]]:
    """`[{kind, at, arrivedAt, raw}, …]` of the contact that has or took over this id.

    `kind` is note, media, custom_event or app_event; a note's `raw` is its properties, an event's the request as sent.
    """
    contact = portal.contact(contact_id)
    if contact is None:
        return []
    found = [
        (
            entry.arrived_at,
            {"kind": entry.kind, "at": iso(entry.at), "arrivedAt": iso(entry.arrived_at), "raw": entry.raw},
        )
        for entry in portal.by_contact.get(contact.id, [])
    ]
    for link in portal.associations.links(("contacts", contact.id), NOTES.name):
        note = portal.stores[NOTES.name].find(link.to_id)
        if note is not None:
            at = seconds(note.properties["hs_timestamp"]) or note.created_at
            shown = {"kind": "note", "id": note.id, "at": iso(at), "arrivedAt": iso(note.created_at)}
            found.append((note.created_at, {**shown, "raw": dict(note.properties)}))
    return [shown for _, shown in sorted(found, key=lambda each: each[0])]


def cards(portal: Portal, contact_id: str) -> list[Session]:
    """The media cards of a contact, one for each session, in the order they began."""
    contact = portal.contact(contact_id)
    if contact is None:
        return []
    sessions = [session for provider in portal.media.values() for session in provider.sessions.values()]
    mine = [session for session in sessions if portal.contacts.find(session.contact_id) is contact]
    return sorted(mine, key=lambda session: session.started_at)
