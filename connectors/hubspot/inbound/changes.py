"""A changed property, as HubSpot told it: into the sealed snapshot that stands in for a late CRM, if there is one.

Opens read the record live; what is told here keeps the stand-in, and the picture in the mail, from being outdated. It
costs no call. Of two changes told in the wrong order the later one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.inbound.webhooks import Told
from connectors.hubspot.read.standing import CONTACT
from plugin.campaigns.models import Campaign
from plugin.decisions.story import published_story
from plugin.kernel.bulk import among, packed
from plugin.kernel.seal import Vault
from plugin.recipients.models import ProfileSnapshot, Recipient
from plugin.recipients.profile import Reading, settle_reading


def note_changes(session: Session, vault: Vault, installation_id: str, told: Sequence[Told], now: datetime) -> int:
    """Take in the changes that a published storyboard could show of somebody we know; how many that were."""
    paths = _paths(session, installation_id)
    wanted = [each for each in told if f"{CONTACT}.{each.name}" in paths]
    people = _people(session, installation_id, {each.contact_id for each in wanted})
    noted = 0
    for each in wanted:
        path = f"{CONTACT}.{each.name}"
        for recipient_id in people.get(each.contact_id, ()):
            values = {path: each.value} if each.value else {}
            settle_reading(session, vault, recipient_id, (path,), Reading(values, min(each.at, now), live=True))
            noted += 1
    return noted


def _paths(session: Session, installation_id: str) -> frozenset[str]:
    campaigns = session.execute(
        select(Campaign.id, Campaign.published_version).where(
            Campaign.installation_id == installation_id, Campaign.published_version.is_not(None)
        )
    ).all()
    stories = [published_story(session, campaign_id, version) for campaign_id, version in campaigns]
    return frozenset(path for story in stories for path in story.paths)


def _people(session: Session, installation_id: str, contact_ids: set[str]) -> Mapping[str, Sequence[str]]:
    if not contact_ids:
        return {}
    rows = session.execute(
        select(Recipient.external_id, Recipient.id)
        .join(ProfileSnapshot, ProfileSnapshot.recipient_id == Recipient.id)
        .where(
            Recipient.installation_id == installation_id,
            Recipient.external_type == CONTACT,
            among(session.get_bind().dialect.name, Recipient.external_id),
        )
        .order_by(Recipient.id),
        {"given": packed((each,) for each in contact_ids)},
    )
    found: dict[str, list[str]] = {}
    for contact_id, recipient_id in rows:
        found.setdefault(contact_id, []).append(recipient_id)
    return found
