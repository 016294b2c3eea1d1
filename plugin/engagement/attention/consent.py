"""A person's yes or no to having their device tell whether they face the screen: for one visit, and never assumed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.engagement.attention.forget import forget_person
from plugin.engagement.attention.models import AttentionVisit
from plugin.engagement.count import count
from plugin.engagement.models import Visit
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.seal import Vault
from plugin.privacy import consent, suppress
from plugin.privacy.consent import Notice
from plugin.privacy.models import ConsentReceipt, ConsentState, Purpose

_ENDED = (ConsentState.REFUSED, ConsentState.WITHDRAWN)


def may_ask(session: Session, principal: str) -> bool:
    """Whether this person may be asked: a no, wherever it was said, is never asked again in this campaign."""
    return consent.state_of(session, principal, Purpose.ATTENTION) not in _ENDED


def is_kept(session: Session, campaign_id: str, recipient_id: str, principal: str, receipts: Collection[str]) -> bool:
    """Whether something of an earlier visit is still kept by a yes that was said in this browser: only it may know."""
    if consent.state_held(session, principal, receipts, Purpose.ATTENTION) != ConsentState.GIVEN:
        return False
    theirs = (AttentionVisit.campaign_id == campaign_id) & (AttentionVisit.recipient_id == recipient_id)
    return (
        may_ask(session, principal)
        and session.scalar(select(AttentionVisit.visit_id).where(theirs).limit(1)) is not None
    )


def is_offered(session: Session, visit_id: str, *, vault: Vault, gpc: bool) -> bool:
    """Whether the question may be put now, in this visit: see `allow`; False also for one that was answered no."""
    visit = session.get(Visit, visit_id)
    if visit is None or not _is_open_to(session, visit, gpc):
        return False
    return session.get(AttentionVisit, visit_id) is None and may_ask(session, _principal(vault, visit))


def allow(
    session: Session, visit_id: str, notice: Notice, *, vault: Vault, gpc: bool = False, clock: Clock = utcnow
) -> ConsentReceipt:
    """Yes: seconds of this visit are taken in from now on.

    Raises `BadInput` where there is nothing to agree to: the campaign doesn't ask, the visit is a preview or not
    measured, the person is suppressed, or the browser signals `Sec-GPC: 1`.
    """
    visit = _visit(session, visit_id)
    if not _is_open_to(session, visit, gpc):
        raise BadInput("nothing is asked of the camera here, so there is nothing to agree to")
    receipt = _record(session, visit, ConsentState.GIVEN, notice, Purpose.ATTENTION, vault, clock)
    already = session.get(AttentionVisit, visit_id)
    if already is None:
        already = AttentionVisit(
            visit_id=visit_id,
            campaign_id=visit.campaign_id,
            recipient_id=visit.recipient_id,
            receipt_id=receipt.id,
            given_at=clock(),
        )
        session.add(already)
    already.receipt_id = receipt.id
    session.flush()
    return receipt


def allow_server(
    session: Session, visit_id: str, notice: Notice, *, vault: Vault, gpc: bool = False, clock: Clock = utcnow
) -> ConsentReceipt:
    """The second yes: pictures of this visit may be looked at on our server. Raises `BadInput` without the first."""
    visit, allowed = _visit(session, visit_id), session.get(AttentionVisit, visit_id)
    if allowed is None or gpc or not _is_open_to(session, visit, gpc):
        raise BadInput("the camera isn't in use in this visit, so there is nothing to agree to")
    allowed.on_server = True
    return _record(session, visit, ConsentState.GIVEN, notice, Purpose.ATTENTION_SERVER, vault, clock)


def refuse_server(
    session: Session, visit_id: str, notice: Notice, *, vault: Vault, clock: Clock = utcnow
) -> ConsentReceipt:
    """No to the second question: the first answer stands, and no picture is taken in."""
    visit, allowed = _visit(session, visit_id), session.get(AttentionVisit, visit_id)
    was = allowed is not None and allowed.on_server
    if allowed is not None:
        allowed.on_server = False
    state = ConsentState.WITHDRAWN if was else ConsentState.REFUSED
    return _record(session, visit, state, notice, Purpose.ATTENTION_SERVER, vault, clock)


def may_send(session: Session, visit_id: str) -> bool:
    """Whether pictures of this visit may be sent to us, at this moment."""
    allowed = session.get(AttentionVisit, visit_id)
    visit = session.get(Visit, visit_id) if allowed is not None and allowed.on_server else None
    return visit is not None and visit.tracked and not suppress.is_suppressed(session, visit.suppression)


def withdraw(session: Session, visit_id: str, notice: Notice, *, vault: Vault, clock: Clock = utcnow) -> ConsentReceipt:
    """No, or stop: nothing more is taken in, and what was told of any visit to this campaign is forgotten everywhere.

    Raises `BadInput` in a preview: nobody else may choose for the person.
    """
    visit = _visit(session, visit_id)
    principal = _principal(vault, visit)
    forgotten = forget_person(session, visit.campaign_id, visit.recipient_id, clock=clock)
    said = consent.state_of(session, principal, Purpose.ATTENTION)
    if consent.state_of(session, principal, Purpose.ATTENTION_SERVER) == ConsentState.GIVEN:
        _record(session, visit, ConsentState.WITHDRAWN, notice, Purpose.ATTENTION_SERVER, vault, clock)
    state = consent.withdrawn_or_refused(said, was_tracked=bool(forgotten))
    return _record(session, visit, state, notice, Purpose.ATTENTION, vault, clock)


def _is_open_to(session: Session, visit: Visit, gpc: bool) -> bool:
    if gpc or visit.gpc or not visit.tracked or visit.evidence.get("member"):
        return False
    asks = session.scalar(select(Campaign.attention).where(Campaign.id == visit.campaign_id))
    return bool(asks) and not suppress.is_suppressed(session, visit.suppression)


def _record(
    session: Session,
    visit: Visit,
    state: ConsentState,
    notice: Notice,
    purpose: Purpose,
    vault: Vault,
    clock: Clock,
) -> ConsentReceipt:
    count(session, visit.campaign_id, f"{purpose}.{state}", clock())
    return consent.record(
        session,
        principal=_principal(vault, visit),
        campaign_id=visit.campaign_id,
        state=state,
        notice=notice,
        purpose=purpose,
        clock=clock,
    )


def _principal(vault: Vault, visit: Visit) -> str:
    return consent.principal_of(vault, visit.recipient_id, visit.campaign_id)


def _visit(session: Session, visit_id: str) -> Visit:
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound("no such visit")
    if visit.evidence.get("member"):
        raise BadInput("a preview isn't measured, so there is nothing to choose")
    return visit
