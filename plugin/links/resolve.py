"""From the text in an address to the link it names: verified, alive, and with what an open needs, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.prepare import Prepared
from plugin.links.errors import LinkExpired, LinkRevoked, LinkUnknown
from plugin.links.models import Link
from plugin.links.token import Keys, verify
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

_BY_ID = Prepared(
    select(
        Link.revoked_at,
        Recipient.installation_id,
        Recipient.external_type,
        Recipient.external_id,
        Link.id,
        Link.campaign_id,
        Link.recipient_id,
        Link.issued_at,
        Link.expires_at,
        Campaign.slug,
        Campaign.regime,
        Campaign.published_version,
    )
    .join(Campaign, Campaign.id == Link.campaign_id)
    .join(Recipient, Recipient.id == Link.recipient_id)
    .where(Link.id == bindparam("id"))
)


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """A live link, its campaign and its recipient's place in the CRM."""

    ref: ExternalRef
    id: str
    campaign_id: str
    recipient_id: str
    issued_at: datetime
    expires_at: datetime
    campaign_slug: str
    regime: str
    published_version: int | None


def resolve(session: Session, token: str, *, keyring: Keys, clock: Clock = utcnow) -> ResolvedLink:
    """The live link of a token.

    Raises `LinkInvalid`, `LinkUnknown`, `LinkExpired` or `LinkRevoked`; the last two know the campaign's slug, so that
    the page can offer the public twin, and not whose link it was.
    """
    now = clock()
    try:
        link_id, expired = verify(token, keyring, now), False
    except LinkExpired as error:
        link_id, expired = error.link_id, True
    row = _BY_ID.first(session, {"id": link_id})
    if row is None:
        raise LinkExpired(link_id) if expired else LinkUnknown
    revoked_at, *reference = row[:4]
    link = ResolvedLink(ExternalRef(*reference), *row[4:])
    if revoked_at is not None:
        raise LinkRevoked(link.id, link.campaign_slug)
    if expired or link.expires_at <= now:
        raise LinkExpired(link.id, link.campaign_slug)
    return link
