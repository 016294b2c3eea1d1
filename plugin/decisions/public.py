"""The public cut: the video for nobody in particular, every field at its fallback. Made once."""

from __future__ import annotations

from threading import Lock

from cachetools import LRUCache, cached
from sqlalchemy.orm import Session

from plugin.campaigns.choose import language_for
from plugin.campaigns.models import Campaign
from plugin.decisions.make_plan import make_plan
from plugin.decisions.plan import Plan
from plugin.decisions.story import Story, published_story
from plugin.fields.read import Profile, read_fields


def public_plan(session: Session, campaign: Campaign, language: str | None = None) -> Plan:
    """The published version's cut in `language`, or in the default one when the story doesn't have it.

    Raises `NotPublished`.
    """
    return public_cut(published_story(session, campaign.id, campaign.published_version), language)


def public_cut(story: Story, language: str | None = None) -> Plan:
    """The cut of a story already at hand."""
    return _cut(story, language_for(story.storyboard, anyone(story), language))


@cached(LRUCache(maxsize=512), key=lambda story, language: (story.version_id, language), lock=Lock())
def _cut(story: Story, language: str) -> Plan:
    return make_plan(story, anyone(story), name_assembly=lambda _: story.public_assembly(language), language=language)


def anyone(story: Story) -> Profile:
    """The profile of which nothing is known."""
    return read_fields(story.storyboard.fields, {}, seen_at="public")
