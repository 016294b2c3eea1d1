"""What follows when a CRM says that a person's record was deleted, erased or merged. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.erase import erase_engagement, recall_all
from plugin.kernel.clock import Clock
from plugin.kernel.seal import Vault
from plugin.links.models import Link
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import pseudonym_of, suppress
from plugin.recipients.models import OutcomePerson, ProfileSnapshot, Recipient
from plugin.recipients.ports import ExternalRef

ERASED = "crm_erasure"
"""The person had the CRM erase them: for good."""


def put_away(session: Session, refs: Collection[ExternalRef], *, clock: Clock) -> None:
    """Deleted, and may come back: nothing they said is kept as a stand-in, nothing more is told of them.

    Their links stay and show nobody's values. What they took back is taken back in the CRM all the same.
    """
    for recipient in recipients_of(session, refs):
        _forget_snapshot(session, recipient)
        recall_all(session, recipient.id, but=(WITHDRAWN,), clock=clock)


def erase(
    session: Session, vault: Vault, refs: Collection[ExternalRef], *, tell: Collection[str] = (), clock: Clock
) -> None:
    """Erased at their wish: links withdrawn, all that was measured forgotten, never to be addressed again.

    `refs`: under whatever ids they are known. What stays is a pseudonym that keeps a re-sync from bringing them back,
    and receipts of consent as proof. `tell`: kinds of messages the CRM is owed all the same.
    """
    now = clock()
    for ref in sorted(refs, key=_order):
        suppress(session, pseudonym_of(vault, ref), ERASED, clock=clock)
    for recipient in recipients_of(session, refs):
        _revoke(session, recipient, now)
        _forget_snapshot(session, recipient)
        erase_engagement(session, recipient.id, but=tell, clock=clock)
    for installation_id in sorted({ref.installation_id for ref in refs}):
        ids = [ref.id for ref in refs if ref.installation_id == installation_id]
        mine = (OutcomePerson.installation_id == installation_id, OutcomePerson.person_id.in_(ids))
        session.execute(delete(OutcomePerson).where(*mine))


def join(session: Session, vault: Vault, old: ExternalRef, survivor: ExternalRef, *, clock: Clock) -> None:
    """One was merged into the other: what nobody may tell of the one, nobody may of the other.

    A recipient of the old id becomes the survivor's, unless that one has a recipient already: then both go on, so that
    no consent or refusal changes hands.
    """
    _share_suppressions(session, vault, old, survivor, clock)
    if not recipients_of(session, [survivor]):
        for recipient in recipients_of(session, [old]):
            recipient.external_id = survivor.id
        session.flush()


def recipients_of(session: Session, refs: Collection[ExternalRef]) -> Sequence[Recipient]:
    """The recipients these records are, always in one order."""
    known = tuple_(Recipient.installation_id, Recipient.external_type, Recipient.external_id)
    wanted = [(ref.installation_id, ref.type, ref.id) for ref in refs]
    return session.scalars(select(Recipient).where(known.in_(wanted)).order_by(Recipient.id)).all() if wanted else []


def _share_suppressions(session: Session, vault: Vault, old: ExternalRef, survivor: ExternalRef, clock: Clock) -> None:
    """The CRM's own reasons are put right when the record is next read."""
    pseudonyms = [pseudonym_of(vault, ref) for ref in (old, survivor)]
    held = select(Suppression.reason).where(Suppression.pseudonym.in_(pseudonyms)).distinct()
    for reason in sorted(session.scalars(held)):
        for pseudonym in pseudonyms:
            suppress(session, pseudonym, reason, clock=clock)


def _revoke(session: Session, recipient: Recipient, now: datetime) -> None:
    live = (Link.recipient_id == recipient.id, Link.revoked_at.is_(None))
    session.execute(update(Link).where(*live).values(revoked_at=now))


def _forget_snapshot(session: Session, recipient: Recipient) -> None:
    session.execute(delete(ProfileSnapshot).where(ProfileSnapshot.recipient_id == recipient.id))


def _order(ref: ExternalRef) -> tuple[str, str, str]:
    return (ref.installation_id, ref.type, ref.id)
