"""Media Bridge: one call an event, one card a session; a session's events in their order, sessions side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import select

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.api.errors import HubSpotError, Refused
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.forms import Sent, by_contact, finish, is_closed
from connectors.hubspot.writeback.ledger import Told
from connectors.hubspot.writeback.media import MediaEvent, event_of, started
from plugin.campaigns.models import Campaign
from plugin.outbox.ports import Retry

FORM: Timeline = "media_bridge"
_BEHIND = "An earlier event of this contact isn't told yet."


def tell(calls: Calls, portal: Portal, told: Sequence[Told]) -> Sent:
    """Send them. Repeated after no answer or a crash, an event is still of the same session, hence the same card."""
    pages = _pages(portal, told)
    sent = Sent()
    for found in calls.each([partial(_one_after_another, calls, portal, pages, some) for some in by_contact(told)]):
        sent.add(found)
    return sent


def _one_after_another(calls: Calls, portal: Portal, pages: Mapping[str, str], told: Sequence[Told]) -> Sent:
    sent = Sent()
    waiting = False
    for each in told:
        if waiting:
            sent.fates[each.key] = Retry(_BEHIND, 0.0)
            continue
        error = _tell(calls, each, pages.get(str(each.message.payload.get("campaign_id")), ""))
        sent.put([each], error, FORM)
        waiting = not sent.is_told(each)
    finish(portal, told, sent)
    return sent


def _tell(calls: Calls, told: Told, page_url: str) -> HubSpotError | None:
    try:
        event = event_of(told.message, told.visit_id, told.contact_id, page_url)
    except (TypeError, ValueError, IndexError, OverflowError):
        # A summary with other stretches than ours has nothing to show.
        return None
    try:
        if event is not None:
            _send(calls, event, told, page_url)
    except HubSpotError as error:
        return error
    return None


def _send(calls: Calls, event: MediaEvent, told: Told, page_url: str) -> None:
    try:
        calls.post(event.path, event.body)
    except Refused as error:
        if event.opens or is_closed(error):
            raise
        # Of a session that never began HubSpot takes nothing: the word that it did was lost on the way.
        beginning = started(told.message, told.visit_id, told.contact_id, page_url)
        calls.post(beginning.path, beginning.body)
        calls.post(event.path, event.body)


def _pages(portal: Portal, told: Sequence[Told]) -> dict[str, str]:
    """The public page of each campaign, by its id."""
    ids = {str(each.message.payload.get("campaign_id")) for each in told}
    with portal.database.reading() as session:
        rows = session.execute(select(Campaign.id, Campaign.slug).where(Campaign.id.in_(ids))).all()
    return {campaign_id: f"{portal.public_origin}/c/{slug}" for campaign_id, slug in rows if portal.public_origin}
