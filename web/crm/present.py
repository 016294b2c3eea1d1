"""What the CRM's screens show, gathered; and the small words they share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.local.models import Activity, Contact, Engagement
from connectors.local.timeline import Card, cards
from plugin.campaigns.choose import in_words
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.links.address import address
from plugin.links.models import Link
from plugin.links.token import sign
from plugin.recipients.models import Recipient
from web.services import Services

_MOST_VISITS = 50
_MOST_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """A contact's live link, signed anew: the same text every time."""

    campaign: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """Cards, newest first, and a mark that changes when they do."""

    cards: Sequence[Card]
    version: str


def timeline_of(session: Session, contact_id: str) -> Timeline:
    """The contact's last visits."""
    engagements = session.scalars(
        select(Engagement)
        .where(Engagement.contact_id == contact_id)
        .order_by(Engagement.occurred_at.desc())
        .limit(_MOST_VISITS)
    ).all()
    activities = session.scalars(
        select(Activity)
        .where(Activity.contact_id == contact_id)
        .order_by(Activity.occurred_at.desc())
        .limit(_MOST_EVENTS)
    ).all()
    seen = "|".join([*(_version(one) for one in engagements), *(one.key for one in activities)])
    shown = cards(engagements, activities)[:_MOST_VISITS]
    return Timeline(shown, hashlib.blake2b(seen.encode(), digest_size=8).hexdigest())


def _version(engagement: Engagement) -> str:
    # A share taken back goes without a new revision.
    told = engagement.payload.get("attention") or {}
    return f"{engagement.session_key}:{engagement.revision}:{told.get('share', '')}"


def links_of(session: Session, services: Services, contact: Contact) -> list[PersonalLink]:
    """The live links of a contact, the newest first."""
    rows = session.execute(
        select(Link, Campaign.slug, StoryboardVersion.document)
        .join(Recipient, Recipient.id == Link.recipient_id)
        .join(Campaign, Campaign.id == Link.campaign_id)
        .outerjoin(
            StoryboardVersion,
            (StoryboardVersion.campaign_id == Campaign.id) & (StoryboardVersion.version == Campaign.published_version),
        )
        .where(
            Recipient.installation_id == contact.installation_id,
            Recipient.external_type == "contact",
            Recipient.external_id == contact.id,
            Link.revoked_at.is_(None),
            Link.expires_at > services.clock(),
        )
        .order_by(Link.issued_at.desc())
    )
    found = []
    for link, slug, document in rows:
        if key := services.keyring.find(link.kid):
            url = address(services.settings.public_origin, sign(link.id, link.expires_at, key))
            title = in_words((document or {}).get("title", {}), "en", "") or slug
            found.append(PersonalLink(title, url, link.expires_at))
    return found


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit: 'just now', '5 minutes ago', '3 days ago'."""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def render_block(template: str, block: str, **context: object) -> str:
    """One named block of a screen: what htmx swaps."""
    found = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    return "".join(found.blocks[block](found.new_context(context)))
