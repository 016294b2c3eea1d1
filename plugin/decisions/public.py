"""The public cut: the video for nobody in particular, every field at its fallback. Made once."""

from __future__ import annotations

from cachetools import LRUCache
from sqlalchemy.orm import Session

from plugin.campaigns.choose import language_for
from plugin.campaigns.models import Campaign
from plugin.decisions.make_plan import make_plan
from plugin.decisions.plan import Plan
from plugin.decisions.story import Story, published_story
from plugin.fields.read import Profile, read_fields

_cuts: LRUCache[tuple[str, str], Plan] = LRUCache(maxsize=512)


def public_plan(session: Session, campaign: Campaign, language: str | None = None) -> Plan:
    """The published version's cut in `language`, or in the default one when the story doesn't have it.

    Raises `NotPublished`.
    """
    return public_cut(published_story(session, campaign.id, campaign.published_version), language)


def public_cut(story: Story, language: str | None = None) -> Plan:
    """The cut of a story already at hand."""
    spoken = language_for(story.storyboard, anyone(story), language)
    known = _cuts.get((story.version_id, spoken))
    if known is None:
        known = _cuts[story.version_id, spoken] = make_plan(
            story, anyone(story), name_assembly=lambda _: story.public_assembly(spoken), language=spoken
        )
    return known


def anyone(story: Story) -> Profile:
    """The profile of which nothing is known."""
    return read_fields(story.storyboard.fields, {}, seen_at="public")
