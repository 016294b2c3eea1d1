"""Campaigns by the name people know them by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.kernel.errors import NotFound


def find_campaign(session: Session, slug: str) -> Campaign:
    """The campaign of that slug, published or not; raises `NotFound`."""
    campaign = session.scalar(select(Campaign).filter_by(slug=slug))
    if campaign is None:
        raise NotFound(f"no campaign {slug!r}")
    return campaign


def list_campaigns(session: Session) -> Sequence[Campaign]:
    """All of them, by slug."""
    return session.scalars(select(Campaign).order_by(Campaign.slug)).all()


def published_campaigns(session: Session) -> Sequence[Campaign]:
    """Those with a public twin, by slug: for the sitemap."""
    return session.scalars(
        select(Campaign).where(Campaign.published_version.is_not(None)).order_by(Campaign.slug)
    ).all()


def find_version(session: Session, slug: str, version: int | None = None) -> StoryboardVersion:
    """A campaign's storyboard version: the published one, or the one named. Raises `NotFound`."""
    campaign = find_campaign(session, slug)
    wanted = version if version is not None else campaign.published_version
    found = session.scalar(select(StoryboardVersion).filter_by(campaign_id=campaign.id, version=wanted))
    if found is None:
        raise NotFound(f"{slug!r} has no version {wanted}" if wanted else f"{slug!r} is not published")
    return found
