"""One contact's link to a campaign for whoever asks from HubSpot: made, or the one that lives; or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.models import HubSpotContact
from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import SegueError
from plugin.links.address import address
from plugin.links.issue import MAX_DAYS, IssuedLink, LinkOrder, RecipientSuppressed, issue
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.links.token import sign
from plugin.recipients.enrol import enrol
from plugin.recipients.ports import ExternalRef

CONTACT = "contact"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
_MOST_MOVES = 8


@dataclass(frozen=True, slots=True)
class Issuing:
    """What making links takes, the same for all of a process."""

    keyring: Keyring
    origin: str
    """The public one."""
    days: int
    """How long a link lives when nobody says."""


@dataclass(frozen=True, slots=True)
class GivenLink:
    """A live link as it is told."""

    link_id: str
    campaign_id: str
    slug: str
    contact_id: str
    """Whose it is: after a merge another than was asked for."""
    recipient_id: str
    url: str
    expires_at: datetime
    reused: bool


class NoLink(SegueError):
    """There is no link for this contact; `code` for a program, the text for the admin."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def give_link(
    session: Session,
    installation_id: str,
    contact_id: str,
    slug: str,
    issuing: Issuing,
    *,
    days: int | None = None,
    clock: Clock = utcnow,
) -> GivenLink:
    """The contact's own link to the campaign of that slug; raises `NoLink`."""
    campaign = _campaign(session, installation_id, slug)
    lives = issuing.days if days is None else days
    if not 1 <= lives <= MAX_DAYS:
        raise NoLink("DAYS_WRONG", f"a link can live from 1 to {MAX_DAYS} days, not {lives}")
    now_called = current_contact(session, installation_id, contact_id)
    recipient_id = enrol(session, ExternalRef(installation_id, CONTACT, now_called))
    order = LinkOrder(campaign.id, recipient_id)
    try:
        issued = issue(session, order, keyring=issuing.keyring, clock=clock, days=lives)
    except RecipientSuppressed as suppressed:
        raise NoLink("NOT_WANTED", str(suppressed)) from None
    return _given(campaign, now_called, issued, issuing)


def link_again(
    session: Session, link_id: str, contact_id: str, issuing: Issuing, *, clock: Clock = utcnow
) -> GivenLink:
    """A link given before, signed anew to the same text; raises `NoLink` when it has ended since."""
    row = session.execute(
        select(Link, Campaign).join(Campaign, Campaign.id == Link.campaign_id).where(Link.id == link_id)
    ).one_or_none()
    key = issuing.keyring.kept(session, row[0].kid) if row is not None else None
    if row is None or key is None or row[0].revoked_at is not None or row[0].expires_at <= clock():
        raise NoLink("LINK_ENDED", "the link was given before and has ended or been withdrawn since")
    link, campaign = row
    issued = IssuedLink(link.id, link.recipient_id, sign(link.id, link.expires_at, key), link.expires_at, True)
    return _given(campaign, contact_id, issued, issuing)


def current_contact(session: Session, installation_id: str, contact_id: str) -> str:
    """The id a contact has now, after all merges we know of."""
    for _ in range(_MOST_MOVES):
        moved_to = session.scalar(
            select(HubSpotContact.moved_to).where(
                HubSpotContact.installation_id == installation_id, HubSpotContact.contact_id == contact_id
            )
        )
        if not moved_to or moved_to == contact_id:
            break
        contact_id = moved_to
    return contact_id


def slug_in(text: str) -> str:
    """The campaign's short name in what an admin typed: itself, or the address of its public page."""
    text = text.strip()
    if "/" in text:
        try:
            parts = urlsplit(text).path.rstrip("/").split("/")
        except ValueError:
            # No address: then it is no campaign's name either, and is said to be none.
            return text.lower()
        text = parts[parts.index("c") + 1] if "c" in parts[:-1] else text
    return text.lower()


def _campaign(session: Session, installation_id: str, slug: str) -> Campaign:
    found = session.scalar(select(Campaign).filter_by(slug=slug)) if _SLUG.fullmatch(slug) else None
    # Another account's campaigns are none of this one's business.
    if found is None or found.installation_id != installation_id:
        shown = slug[:64] if slug.isprintable() else ""
        raise NoLink("CAMPAIGN_UNKNOWN", f"there is no campaign '{shown}' for this HubSpot account")
    if found.published_version is None:
        raise NoLink("CAMPAIGN_UNPUBLISHED", f"the campaign '{slug}' isn't published (any more)")
    return found


def _given(campaign: Campaign, contact_id: str, issued: IssuedLink, issuing: Issuing) -> GivenLink:
    return GivenLink(
        link_id=issued.id,
        campaign_id=campaign.id,
        slug=campaign.slug,
        contact_id=contact_id,
        recipient_id=issued.recipient_id,
        url=address(issuing.origin, issued.token),
        expires_at=issued.expires_at,
        reused=issued.reused,
    )
