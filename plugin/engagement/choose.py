"""A person's yes or no to being measured, in force from this moment."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.engagement.attention.forget import WITHDRAWN, forget_person
from plugin.engagement.count import count
from plugin.engagement.models import Visit, VisitDue
from plugin.engagement.story import subject_of
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.seal import Vault
from plugin.outbox.recall import recall
from plugin.privacy import consent, suppress
from plugin.privacy.consent import Notice
from plugin.privacy.models import ConsentReceipt, ConsentState, Regime
from plugin.privacy.regime import may_choose, may_track
from plugin.recipients.models import Recipient


def agree(
    session: Session, visit_id: str, notice: Notice, *, vault: Vault, gpc: bool = False, clock: Clock = utcnow
) -> ConsentReceipt:
    """Yes: measure this visit from now on.

    Raises `BadInput` where there is nothing to agree to: the campaign never measures, the visit is a preview, or the
    browser signals `Sec-GPC: 1`, which we take as the stronger word.
    """
    visit, regime = _visit(session, visit_id)
    if not may_choose(regime, gpc=visit.gpc or gpc):
        raise BadInput("nothing is measured here, so there is nothing to agree to")
    receipt = _record(session, visit, ConsentState.GIVEN, notice, vault, clock)
    allowed = may_track(regime, ConsentState.GIVEN, gpc=False)
    visit.tracked = allowed and not suppress.is_suppressed(session, visit.suppression)
    visit.consent = ConsentState.GIVEN
    return receipt


def decline(session: Session, visit_id: str, notice: Notice, *, vault: Vault, clock: Clock = utcnow) -> ConsentReceipt:
    """No, or stop: of all visits of this person to this campaign, no more is kept and no more is told.

    What the CRM is owed and hasn't been sent is taken back, but for what is in flight at this moment; what a device
    told of facing the screen rested on being measured, and is forgotten everywhere. Raises `BadInput` in a preview:
    nobody else may choose for the person.
    """
    visit, _ = _visit(session, visit_id)
    principal = consent.principal_of(vault, visit.recipient_id, visit.campaign_id)
    state = consent.withdrawn_or_refused(consent.state_of(session, principal), was_tracked=visit.tracked)
    receipt = _record(session, visit, state, notice, vault, clock)
    theirs = (Visit.campaign_id == visit.campaign_id) & (Visit.recipient_id == visit.recipient_id)
    # Whoever is settling one of them holds its row: waited for here, what that enqueued is seen below.
    session.execute(update(Visit).where(theirs).values(tracked=False))
    visit_ids = session.scalars(select(Visit.id).where(theirs)).all()
    session.execute(delete(VisitDue).where(VisitDue.visit_id.in_(visit_ids)))
    forget_person(session, visit.campaign_id, visit.recipient_id, clock=clock)
    _recall(session, visit.recipient_id, visit_ids)
    return receipt


def _recall(session: Session, recipient_id: str, visit_ids: Collection[str]) -> None:
    recipient = session.get(Recipient, recipient_id)
    if recipient is not None:
        recall(session, recipient.installation_id, subject_of(recipient), frozenset(visit_ids), but=(WITHDRAWN,))


def _record(
    session: Session, visit: Visit, state: ConsentState, notice: Notice, vault: Vault, clock: Clock
) -> ConsentReceipt:
    principal = consent.principal_of(vault, visit.recipient_id, visit.campaign_id)
    count(session, visit.campaign_id, f"consent.{state}", clock())
    return consent.record(
        session, principal=principal, campaign_id=visit.campaign_id, state=state, notice=notice, clock=clock
    )


def _visit(session: Session, visit_id: str) -> tuple[Visit, str]:
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound("no such visit")
    if visit.evidence.get("member"):
        raise BadInput("a preview isn't measured, so there is nothing to choose")
    regime = session.scalar(select(Campaign.regime).where(Campaign.id == visit.campaign_id))
    return visit, regime or Regime.NONE
