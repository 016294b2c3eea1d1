"""What follows when HubSpot says that a contact was deleted, erased or merged. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from connectors.hubspot.models import (
    HubSpotAskedAgain,
    HubSpotCallback,
    HubSpotContact,
    HubSpotNote,
    HubSpotTelling,
)
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.known import aliases_of, keep_gone, keep_move, known
from connectors.hubspot.read.standing import CONTACT
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.erase import erase_engagement, recall_all
from plugin.links.models import Link
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import pseudonym_of, suppress
from plugin.recipients.models import OutcomePerson, ProfileSnapshot, Recipient
from plugin.recipients.ports import ExternalRef

log = structlog.get_logger()

_TABLES = (HubSpotNote, HubSpotTelling, HubSpotCallback, HubSpotAskedAgain, HubSpotContact)
"""What is kept of a contact by their id."""
ERASED = "crm_erasure"
"""The person had the CRM erase them: for good."""


def contact_deleted(portal: Portal, contact_id: str) -> None:
    """To HubSpot's recycling bin: nothing they said is kept as a stand-in, nothing more is told of them.

    Their links stay and show nobody's values. A contact that is restored is as before at the next open.
    """
    keep_gone(portal, contact_id)
    with portal.database.transaction() as session:
        for recipient in _recipients(session, portal, [contact_id]):
            session.execute(delete(ProfileSnapshot).where(ProfileSnapshot.recipient_id == recipient.id))
            recall_all(session, recipient.id, but=(WITHDRAWN,), clock=portal.clock)
    log.info("hubspot.contact_deleted", installation_id=portal.installation_id)


def privacy_deleted(portal: Portal, contact_id: str) -> None:
    """Erased at the person's wish: links withdrawn, all that was measured forgotten, never to be addressed again.

    Under whatever id they had before merges, too. What stays is a pseudonym that keeps a re-sync from bringing them
    back, and receipts of consent as proof.
    """
    ids = {contact_id, *aliases_of(portal, [contact_id])}
    now = portal.clock()
    with portal.database.transaction() as session:
        for each in sorted(ids):
            suppress(session, _pseudonym(portal, each), ERASED, clock=portal.clock)
        for recipient in _recipients(session, portal, ids):
            mine = (Link.recipient_id == recipient.id, Link.revoked_at.is_(None))
            session.execute(update(Link).where(*mine).values(revoked_at=now))
            session.execute(delete(ProfileSnapshot).where(ProfileSnapshot.recipient_id == recipient.id))
            erase_engagement(session, recipient.id, clock=portal.clock)
        for table in _TABLES:
            session.execute(
                delete(table).where(table.installation_id == portal.installation_id, table.contact_id.in_(ids))
            )
        session.execute(
            delete(OutcomePerson).where(
                OutcomePerson.installation_id == portal.installation_id, OutcomePerson.person_id.in_(ids)
            )
        )
    log.info("hubspot.contact_erased", installation_id=portal.installation_id)


def contacts_merged(portal: Portal, survivor_id: str, merged_ids: Collection[str]) -> None:
    """Who was merged is the survivor from now on: for reads, for what is told, for what nobody may tell.

    A recipient of the old id becomes the survivor's, unless that one has a recipient already: then both go on, so that
    no consent or refusal changes hands, and the alias leads from the one to the other.
    """
    survivor, _ = known(portal, survivor_id)
    for each in sorted(set(merged_ids) - {survivor}):
        keep_move(portal, each, survivor)
        with portal.database.transaction() as session:
            _share_suppressions(session, portal, each, survivor)
            _hand_over(session, portal, each, survivor)
    log.info("hubspot.contacts_merged", installation_id=portal.installation_id, merged=len(merged_ids))


def _recipients(session: Session, portal: Portal, ids: Collection[str]) -> Sequence[Recipient]:
    return session.scalars(
        select(Recipient)
        .where(
            Recipient.installation_id == portal.installation_id,
            Recipient.external_type == CONTACT,
            Recipient.external_id.in_(ids),
        )
        .order_by(Recipient.id)
    ).all()


def _share_suppressions(session: Session, portal: Portal, old: str, survivor: str) -> None:
    """What holds for the one holds for both: the CRM's own reasons are put right when the contact is next read."""
    names = {each: _pseudonym(portal, each) for each in (old, survivor)}
    held = session.execute(
        select(Suppression.reason).where(Suppression.pseudonym.in_(names.values())).distinct()
    ).scalars()
    for reason in sorted(held):
        for pseudonym in names.values():
            suppress(session, pseudonym, reason, clock=portal.clock)


def _hand_over(session: Session, portal: Portal, old: str, survivor: str) -> None:
    if _recipients(session, portal, [survivor]):
        return
    for recipient in _recipients(session, portal, [old]):
        recipient.external_id = survivor
    session.flush()


def _pseudonym(portal: Portal, contact_id: str) -> str:
    return pseudonym_of(portal.vault, ExternalRef(portal.installation_id, CONTACT, contact_id))
