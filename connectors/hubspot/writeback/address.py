"""Whom each message is about by now: merges followed, people who may not be written about left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from connectors.hubspot.models import HubSpotContact
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.known import known
from connectors.hubspot.read.standing import CONTACT
from connectors.hubspot.writeback.fold import BEARS
from connectors.hubspot.writeback.ledger import Told, visit_of
from connectors.hubspot.writeback.withdraw import Withdrawn, withdrawn_of
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.kernel.bulk import among, packed
from plugin.outbox.ports import Dead, Delivered, Message, Settlement
from plugin.privacy.suppress import silenced
from plugin.recipients.ports import ExternalRef

_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_NOBODY = Dead("HubSpot has no such contact: the link was made for something that isn't a HubSpot contact.")


@dataclass(slots=True)
class Addressed:
    """Messages to be told, in their order, and what is settled without telling anything, by place."""

    told: list[Told] = field(default_factory=list)
    withdrawn: dict[int, Withdrawn] = field(default_factory=dict)
    """What is to be taken back, by place."""
    settled: dict[int, Settlement] = field(default_factory=dict)


def addressed(portal: Portal, messages: Sequence[Message]) -> Addressed:
    """Sort them. Kinds that HubSpot has nothing to hear of count as delivered, as do people who are suppressed.

    What somebody took back is taken back of people who are suppressed, too.
    """
    found = Addressed()
    of: dict[int, str] = {}
    for place, message in enumerate(messages):
        kind, _, contact_id = message.subject.partition(":")
        if message.kind not in BEARS and message.kind != WITHDRAWN:
            found.settled[place] = Delivered()
        elif kind != CONTACT or not _ID.fullmatch(contact_id):
            found.settled[place] = _NOBODY
        else:
            of[place] = contact_id
    moved = _present_ids(portal, set(of.values())) if of else {}
    silent = _suppressed(portal, {*of.values(), *moved.values()})
    for place, contact_id in of.items():
        present = moved.get(contact_id, contact_id)
        if messages[place].kind == WITHDRAWN:
            found.withdrawn[place] = withdrawn_of(messages[place], present)
        elif contact_id in silent or present in silent:
            found.settled[place] = Delivered()
        else:
            found.told.append(Told(place, messages[place], present, visit_of(messages[place])))
    return found


def _present_ids(portal: Portal, contact_ids: Collection[str]) -> dict[str, str]:
    """The id each contact has by now, of those that were merged into others."""
    with portal.database.reading() as session:
        moved = session.scalars(
            select(HubSpotContact.contact_id).where(
                HubSpotContact.installation_id == portal.installation_id,
                among(session.get_bind().dialect.name, HubSpotContact.contact_id),
                HubSpotContact.moved_to.is_not(None),
            ),
            {"given": packed((each,) for each in contact_ids)},
        ).all()
    return {contact_id: known(portal, contact_id)[0] for contact_id in moved}


def _suppressed(portal: Portal, contact_ids: Collection[str]) -> set[str]:
    refs = [ExternalRef(portal.installation_id, CONTACT, contact_id) for contact_id in contact_ids]
    with portal.database.reading() as session:
        return {ref.id for ref in silenced(session, portal.vault, refs)}
