"""A visit begins with an open: whether it may be measured is settled before anything is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.decisions.plan import OpenedVideo
from plugin.engagement.attention.consent import is_kept, may_ask
from plugin.engagement.count import count
from plugin.engagement.models import Visit
from plugin.engagement.request import RequestFacts, network_of
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import NotFound
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import Vault
from plugin.privacy import consent, suppress
from plugin.privacy.consent import Notice
from plugin.privacy.models import ConsentState, Regime
from plugin.privacy.regime import may_track
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

_TABLE = cast("Table", Visit.__table__)
_VISIT = Prepared(lambda _: insert(_TABLE))
_WHOSE = Prepared(
    select(
        Campaign.regime, Campaign.attention, Recipient.installation_id, Recipient.external_type, Recipient.external_id
    )
    .select_from(Campaign)
    .join(Recipient, Recipient.id == bindparam("recipient_id"))
    .where(Campaign.id == bindparam("campaign_id"))
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How the one who opens came in."""

    facts: RequestFacts
    gpc: bool
    """`Sec-GPC: 1`."""
    address: str | None
    """Used for a pseudonym of its network, where measuring is allowed; never kept."""
    receipts: Collection[str]
    """Ids of consent receipts this browser holds."""
    notice: Notice
    """The words a signal of the browser is recorded under."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit as its page needs to know it."""

    visit_id: str
    regime: str
    state: ConsentState | None
    """What was said, as far as this browser may know."""
    gpc: bool
    tracked: bool
    preview: bool = False
    """Someone of the company looks in: nothing is measured, asked or counted."""
    attention: str = ""
    """Of the camera: empty (nothing is to be said of it) | ask (once something was seen) | on | kept (a yes in an
    earlier visit, said in this browser)."""


def begin(session: Session, opened: OpenedVideo, arrival: Arrival, *, vault: Vault, clock: Clock = utcnow) -> Begun:
    """Start the visit of an open just made, in its transaction.

    A preview by someone of the company is no visit of the person's: their browser's signals say nothing of the person.
    """
    now, preview = clock(), arrival.facts.member
    regime, asks, ref = _campaign_and_person(session, opened)
    principal = consent.principal_of(vault, opened.recipient_id, opened.campaign_id)
    pseudonym = suppress.pseudonym_of(vault, ref)
    suppressed = suppress.is_suppressed(session, pseudonym)
    state = state_here(session, principal, arrival.receipts)
    if arrival.gpc and regime != Regime.NONE and not preview:
        _keep_signal(session, principal, opened.campaign_id, arrival.notice, clock)
    tracked = may_track(regime, state, gpc=arrival.gpc) and not suppressed and not preview
    session.flush()
    visit = {
        "id": opened.open_id,
        "campaign_id": opened.campaign_id,
        "recipient_id": opened.recipient_id,
        "started_at": now,
        "duration_s": opened.plan.duration_s,
        "tracked": tracked,
        "consent": state if state == ConsentState.GIVEN else None,
        "gpc": arrival.gpc,
        "network": network_of(vault, arrival.address, now) if tracked else None,
        "suppression": pseudonym,
        "evidence": arrival.facts.as_json(),
    }
    _VISIT.run(session, visit)
    if arrival.facts.declared is None and not arrival.facts.prefetch:
        count(session, opened.campaign_id, "video.opened", now)
    attention = ""
    if asks and not (preview or suppressed or arrival.gpc or regime == Regime.NONE):
        attention = _attention(session, opened, principal, arrival.receipts)
    return Begun(opened.open_id, regime, state, arrival.gpc, tracked, preview, attention)


def go_on(session: Session, visit_id: str, arrival: Arrival, *, vault: Vault) -> Begun:
    """The visit as its next page needs to know it: the one that a yes to the camera led to."""
    visit = session.get_one(Visit, visit_id)
    regime = session.scalars(select(Campaign.regime).where(Campaign.id == visit.campaign_id)).one()
    principal = consent.principal_of(vault, visit.recipient_id, visit.campaign_id)
    state = state_here(session, principal, arrival.receipts)
    return Begun(visit_id, regime, state, arrival.gpc, visit.tracked, attention="on")


def _attention(session: Session, opened: OpenedVideo, principal: str, receipts: Collection[str]) -> str:
    if is_kept(session, opened.campaign_id, opened.recipient_id, principal, receipts):
        return "kept"
    return "ask" if may_ask(session, principal) else ""


def state_here(session: Session, principal: str, receipts: Collection[str]) -> ConsentState | None:
    """What holds for this browser: a yes only counts where it was said, a no counts everywhere.

    Where a no was said, it also outlasts a yes said elsewhere.

    Links are forwarded, so another browser may be another person: it never learns nor inherits that someone agreed.
    """
    state = consent.state_of(session, principal)
    if state != ConsentState.GIVEN:
        return state
    return consent.state_held(session, principal, receipts)


def _keep_signal(session: Session, principal: str, campaign_id: str, notice: Notice, clock: Clock) -> None:
    # After a no, or another signal, it says nothing new.
    last = consent.latest(session, principal)
    if last is None or last.state == ConsentState.GIVEN:
        state = ConsentState.SIGNALLED_OFF
        consent.record(session, principal=principal, campaign_id=campaign_id, state=state, notice=notice, clock=clock)


def _campaign_and_person(session: Session, opened: OpenedVideo) -> tuple[str, bool, ExternalRef]:
    row = _WHOSE.first(session, {"campaign_id": opened.campaign_id, "recipient_id": opened.recipient_id})
    if row is None:
        raise NotFound("no such campaign or recipient")
    regime, asks, *reference = row
    return regime, asks, ExternalRef(*reference)
