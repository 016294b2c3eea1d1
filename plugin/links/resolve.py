"""From the text in an address to the link it names: verified, alive, and with what an open needs, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock, utcnow
from plugin.links.errors import LinkExpired, LinkRevoked, LinkUnknown
from plugin.links.models import Link
from plugin.links.token import Keys, verify
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

_BY_ID = (
    select(
        Link.id,
        Link.campaign_id,
        Link.recipient_id,
        Link.issued_at,
        Link.expires_at,
        Link.revoked_at,
        Campaign.slug,
        Campaign.regime,
        Campaign.published_version,
        Recipient.installation_id,
        Recipient.external_type,
        Recipient.external_id,
    )
    .join(Campaign, Campaign.id == Link.campaign_id)
    .join(Recipient, Recipient.id == Link.recipient_id)
    .where(Link.id == bindparam("id"))
)


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """A live link, its campaign and its recipient's place in the CRM."""

    id: str
    campaign_id: str
    recipient_id: str
    issued_at: datetime
    expires_at: datetime
    campaign_slug: str
    regime: str
    published_version: int | None
    ref: ExternalRef


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
    row = session.connection().execute(_BY_ID, {"id": link_id}).one_or_none()
    if row is None:
        raise LinkExpired(link_id) if expired else LinkUnknown
    if row.revoked_at is not None:
        raise LinkRevoked(row.id, row.slug)
    if expired or row.expires_at <= now:
        raise LinkExpired(row.id, row.slug)
    return ResolvedLink(
        row.id,
        row.campaign_id,
        row.recipient_id,
        row.issued_at,
        row.expires_at,
        row.slug,
        row.regime,
        row.published_version,
        ExternalRef(row.installation_id, row.external_type, row.external_id),
    )
