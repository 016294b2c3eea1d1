"""The workflow action carried out: the link stands in the contact's property before HubSpot hears 'done', in time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.api.errors import HubSpotError, NotThere, Refused
from connectors.hubspot.inbound import callbacks
from connectors.hubspot.inbound.callbacks import ANSWERED, BLOCKED, WAITING, Key
from connectors.hubspot.inbound.give_link import GivenLink, Issuing, NoLink, give_link, link_again
from connectors.hubspot.inbound.in_time import in_time
from connectors.hubspot.inbound.workflow import WHY, ActionCall, Blocked, ComeAgain, Done, Reply, failure, success
from connectors.hubspot.models import HubSpotCallback
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.choose import STANDING_NEEDS, standing_of
from connectors.hubspot.read.standing import keep_standing
from connectors.hubspot.write_links import LinkToWrite, write_link
from plugin.campaigns.models import Campaign
from plugin.decisions.story import published_story
from plugin.kernel.errors import Busy, SegueError
from plugin.recipients.profile import Reading, settle_reading

log = structlog.get_logger()

WITHIN_S = 2.2
"""HubSpot is answered by then, whatever became of it."""
HAND_OVER_S = 0.5
WRITE_S, PATIENCE_S = 1.5, 0.4
COMPLETES = "automation"
"""The scope by which a contact that waits can be sent on."""
_SOON = timedelta(seconds=1)
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Action:
    """One call with what it takes to carry it out."""

    portal: Portal
    issuing: Issuing
    call: ActionCall

    @property
    def key(self) -> Key:
        """Its row's."""
        return Key(self.portal.installation_id, self.call.callback_id)


def run_action(action: Action, *, within_s: float = WITHIN_S) -> Reply:
    """Carry it out within that time, or leave it to the worker; the same call again gets the same answer."""
    until = time.monotonic() + within_s
    try:
        return in_time(lambda: _work(action, until), within_s)
    except TimeoutError:
        pass
    except Busy:
        return ComeAgain()
    try:
        return in_time(lambda: _hand_over(action, automation_state(action.portal)), HAND_OVER_S)
    except (TimeoutError, Busy):
        return ComeAgain()


def automation_state(portal: Portal) -> str:
    """Where a call goes that can't be answered now: with the scope HubSpot can be told later, else it asks again."""
    return BLOCKED if COMPLETES in portal.config.scopes else WAITING


def told(session: Session, row: HubSpotCallback, issuing: Issuing, now: datetime) -> Done:
    """The answer to a call that is settled: why there is no link, or the link, signed anew."""
    if row.answer:
        return failure(str(row.answer.get("errorCode")), str(row.answer.get(WHY)))
    try:
        return success(link_again(session, str(row.link_id), row.contact_id, issuing, clock=lambda: now))
    except NoLink as ended:
        return failure(ended.code, str(ended))


def _work(action: Action, until: float) -> Reply:
    _keep_standing(action)
    given = _begin(action)
    if not isinstance(given, GivenLink):
        return given if given is not None else _await_other(action, until)
    link = LinkToWrite(given.contact_id, given.slug, given.url)
    try:
        write_link(action.portal, link, timeout_s=WRITE_S, patience_s=PATIENCE_S)
    except NotThere:
        return _settle(action, failure("CONTACT_GONE", "the contact was deleted in HubSpot"))
    except Refused as refused:
        return _settle(action, failure("NOT_WRITTEN", str(refused)))
    except SegueError as error:
        log.info("hubspot.action_late", installation_id=action.portal.installation_id, error=type(error).__name__)
        # Without a token HubSpot can't be told later either, so it had better ask again.
        lasting = isinstance(error, HubSpotError) and error.status not in (401, 403)
        return _hand_over(action, automation_state(action.portal) if lasting else WAITING)
    return _settle(action, success(given))


def _keep_standing(action: Action) -> None:
    """Whether they opted out or their mail bounced, as HubSpot sent it along."""
    if any(name in action.call.values for name in STANDING_NEEDS):
        keep_standing(action.portal, {action.call.contact_id: standing_of(action.call.values)})


def _begin(action: Action) -> GivenLink | Reply | None:
    """Take the call up and give the link; a reply when there is one at once, None while another request is at it."""
    portal, call = action.portal, action.call
    now = portal.clock()
    with portal.database.transaction() as session:
        row, ours = callbacks.take(session, action.key, call.contact_id, now)
        if not ours:
            return _reply(session, row, action, now)
        try:
            given = _give(session, row, action)
        except NoLink as why:
            answer = failure(why.code, str(why))
            callbacks.settle(session, action.key, now, answer=_kept(answer))
            return answer
        row.campaign_id, row.link_id, row.contact_id = given.campaign_id, given.link_id, given.contact_id
        _keep_values(session, portal, given, call, now)
        return given


def _give(session: Session, row: HubSpotCallback, action: Action) -> GivenLink:
    call, clock = action.call, action.portal.clock
    if call.trouble is not None:
        raise call.trouble
    if row.link_id is not None:
        return link_again(session, row.link_id, row.contact_id, action.issuing, clock=clock)
    return give_link(
        session, action.portal.installation_id, call.contact_id, call.slug, action.issuing, days=call.days, clock=clock
    )


def _reply(session: Session, row: HubSpotCallback, action: Action, now: datetime) -> Reply | None:
    if row.state == ANSWERED:
        return told(session, row, action.issuing, now)
    return Blocked() if row.state == BLOCKED else None


def _await_other(action: Action, until: float) -> Reply:
    """HubSpot asked twice at once: both hear the same."""
    while time.monotonic() < until:
        time.sleep(_LOOK_S)
        with action.portal.database.reading() as session:
            row = callbacks.look(session, action.key)
            if row is None or row.state == WAITING:
                return ComeAgain()
            if reply := _reply(session, row, action, action.portal.clock()):
                return reply
    return ComeAgain()


def _settle(action: Action, answer: Done) -> Reply:
    why = _kept(answer)
    with action.portal.database.transaction() as session:
        state = callbacks.settle(session, action.key, action.portal.clock(), written=not why, answer=why)
    return Blocked() if state == BLOCKED else answer


def _hand_over(action: Action, state: str) -> Reply:
    now = action.portal.clock()
    with action.portal.database.transaction() as session:
        found = callbacks.hand_over(session, action.key, state, now + _SOON)
        if found == ANSWERED and (row := callbacks.look(session, action.key)) is not None:
            return told(session, row, action.issuing, now)
    return Blocked() if found == BLOCKED else ComeAgain()


def _kept(answer: Done) -> dict[str, str]:
    return {name: answer.outputs[name] for name in ("errorCode", WHY) if name in answer.outputs}


def _keep_values(session: Session, portal: Portal, given: GivenLink, call: ActionCall, now: datetime) -> None:
    """What HubSpot sent along is the record as it is now: sealed, it stands in until the first live read."""
    version = session.scalar(select(Campaign.published_version).where(Campaign.id == given.campaign_id))
    paths = published_story(session, given.campaign_id, version).paths
    known = {path: call.values[name] for path in paths if (name := path.removeprefix("contact.")) in call.values}
    if known:
        values = {path: value for path, value in known.items() if value}
        settle_reading(session, portal.vault, given.recipient_id, tuple(known), Reading(values, now, live=True))
