"""Each contact's values written as they stand now: to whom they were merged into, and again if they grew meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from connectors.hubspot.portal import Portal
from connectors.hubspot.read.known import keep_gone, keep_move
from connectors.hubspot.writeback import contacts, fold, values
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.contacts import Written
from connectors.hubspot.writeback.ledger import Told
from connectors.hubspot.writeback.settle import GONE
from connectors.hubspot.writeback.writing import write_down

log = structlog.get_logger()


def write(calls: Calls, portal: Portal, told: Sequence[Told], folded: Mapping[str, fold.Folded]) -> Written:
    """Write the values of these contacts; what became of each, by the id `told` has for it after that."""
    written = contacts.write(calls, portal, _properties(folded))
    folded = dict(folded)
    if written.moves:
        folded |= _follow(calls, portal, told, written)
    with portal.database.reading() as session:
        now = values.look(session, portal, {each.contact_id for each in told})
    # Two deliveries about one contact (by ids since merged) may have overtaken each other on the wire.
    grown = {contact_id: held for contact_id, held in now.items() if held != folded.get(contact_id)}
    if grown:
        written.add(contacts.write(calls, portal, _properties(grown)))
    for contact_id in sorted({each.contact_id for each in told}):
        if written.fates.get(contact_id) == GONE:
            keep_gone(portal, contact_id)
    return written


def _properties(folded: Mapping[str, fold.Folded]) -> dict[str, Mapping[str, str]]:
    return {contact_id: fold.properties(held) for contact_id, held in folded.items()}


def _follow(calls: Calls, portal: Portal, told: Sequence[Told], written: Written) -> dict[str, fold.Folded]:
    """HubSpot answered with other contacts than it was asked for: what was told of the one goes over to the other."""
    moves = dict(written.moves)
    for old, present in sorted(moves.items()):
        keep_move(portal, old, present)
        log.info("hubspot.contact_moved", installation_id=portal.installation_id, contact_id=old, to=present)
    held = write_down(portal.database, lambda session: values.hold(session, portal, moves.values(), moves))
    for each in told:
        each.contact_id = moves.get(each.contact_id, each.contact_id)
    written.add(contacts.write(calls, portal, _properties(held)))
    return held
