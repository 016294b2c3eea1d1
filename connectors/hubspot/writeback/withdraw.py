"""Taking out of notes what a person took back: how much they faced the screen, and nothing else.

A note without the share was written down before the share was sent. So it can be said again at any time, whatever
became of the call that sent it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.hubspot.api.errors import HubSpotError, NotThere, Refused
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback import find_notes, note_rows
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.fold import revision_of
from connectors.hubspot.writeback.note import to_say
from connectors.hubspot.writeback.settle import errors_in, of_error
from connectors.hubspot.writeback.writing import write_down
from plugin.outbox.ports import Delivered, Message, Retry, Settlement

BATCH = 100
_UPDATE = f"/crm/objects/{API}/notes/batch/update"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A visit's share, up to and with one revision of its summary, and whose timeline its note is on."""

    visit_id: str
    contact_id: str
    revision: int


def withdrawn_of(message: Message, contact_id: str) -> Withdrawn:
    """What a message `attention.withdrawn` is about."""
    return Withdrawn(str(message.payload.get("session_key") or ""), contact_id, revision_of(message.payload))


def note_down(portal: Portal, withdrawn: Sequence[Withdrawn]) -> None:
    """From here on no summary of these visits is told with a share that was withdrawn, however late it comes."""
    if withdrawn:
        newest = _newest(withdrawn)
        known = {visit_id: (each.contact_id, each.revision) for visit_id, each in newest.items()}
        write_down(portal.database, lambda session: note_rows.withdraw(session, portal, known))


def take_out(calls: Calls, portal: Portal, withdrawn: Sequence[Withdrawn]) -> dict[str, Settlement]:
    """Say the notes anew without it; what became of each, by visit. A note that rests on a later yes stays."""
    newest = _newest(withdrawn)
    with portal.database.reading() as session:
        rows = {row.visit_id: row for row in note_rows.attentive(session, newest)}
    fates: dict[str, Settlement] = dict.fromkeys(newest, Delivered())
    owed = {visit_id: row for visit_id, row in rows.items() if row.revision <= newest[visit_id].revision}
    now = portal.clock()
    waiting = {
        visit_id: Retry("The visit's note is just being made.", (row.under_way_until - now).total_seconds())
        for visit_id, row in owed.items()
        if row.note_id is None and row.under_way_until is not None and row.under_way_until > now
    }
    fates |= waiting
    notes = {visit_id: row.note_id for visit_id, row in owed.items() if row.note_id is not None}
    unknown = [visit_id for visit_id, row in owed.items() if row.note_id is None and visit_id not in waiting]
    if unknown:
        try:
            notes |= find_notes.find(calls, {newest[visit_id].contact_id: [visit_id] for visit_id in unknown})
        except HubSpotError as error:
            fates |= dict.fromkeys(unknown, of_error(error))
    ids = sorted(notes)
    for start in range(0, len(ids), BATCH):
        some = {visit_id: notes[visit_id] for visit_id in ids[start : start + BATCH]}
        fates |= _say(calls, some, {visit_id: str(rows[visit_id].bare) for visit_id in some})
    done = [visit_id for visit_id in owed if fates[visit_id] == Delivered()]
    write_down(portal.database, lambda session: note_rows.is_bare(session, done))
    return fates


def _say(calls: Calls, notes: Mapping[str, str], bodies: Mapping[str, str]) -> dict[str, Settlement]:
    visits = list(notes)
    inputs = [to_say(visit_id, notes[visit_id], bodies[visit_id]) for visit_id in visits]
    try:
        answer = calls.post(_UPDATE, {"inputs": inputs})
    except (Refused, NotThere) as error:
        if len(visits) > 1:
            halves = (visits[: len(visits) // 2], visits[len(visits) // 2 :])
            first, second = ({visit_id: notes[visit_id] for visit_id in half} for half in halves)
            return _say(calls, first, bodies) | _say(calls, second, bodies)
        return {visits[0]: _fate(error)}
    except HubSpotError as error:
        return dict.fromkeys(visits, of_error(error))
    fates: dict[str, Settlement] = dict.fromkeys(visits, Delivered())
    by_note = {note_id: visit_id for visit_id, note_id in notes.items()}
    for each in errors_in(answer):
        named = {by_note.get(one, one) for one in each.of} & set(visits)
        fates |= dict.fromkeys(named or visits, _fate(each.error))
    return fates


def _fate(error: HubSpotError) -> Settlement:
    # A note somebody deleted says nothing any more.
    return Delivered() if isinstance(error, NotThere) else of_error(error)


def _newest(withdrawn: Sequence[Withdrawn]) -> dict[str, Withdrawn]:
    return {each.visit_id: each for each in sorted(withdrawn, key=lambda each: each.revision)}
