"""What a link's page may say before anyone opens it: no side effect, no CRM call, at most one small query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from cachetools import LRUCache, cached
from sqlalchemy.orm import Session

from plugin.campaigns.choose import language_for
from plugin.campaigns.storyboard import Storyboard
from plugin.decisions.make_plan import greet
from plugin.decisions.plan import Plan
from plugin.decisions.public import public_cut
from plugin.decisions.story import Story, published_story
from plugin.fields.read import read_fields
from plugin.kernel.seal import Vault
from plugin.links.resolve import ResolvedLink
from plugin.media.disclosure import Disclosure, strongest
from plugin.recipients.profile import snapshot_of


@dataclass(frozen=True, slots=True)
class StoryFront:
    """What is the same for everyone whose language it is; made once per version and language."""

    version_id: str
    language: str
    title: str
    description: str
    greeting_otherwise: str
    storyboard: Storyboard
    duration_range_s: tuple[float, float]
    """The shortest and the longest video an open can become."""
    disclosure: Disclosure
    """The strongest over every clip an open can choose: said before anything is chosen, it must not be too weak."""
    public: Plan
    """The public cut: its transcript and poster stand in the shell."""


@dataclass(frozen=True, slots=True)
class ShellView:
    """A link's page before the open."""

    front: StoryFront
    greeting: str
    """By name if the last sealed snapshot has one and the link's tier allows it."""
    snapshot_at: datetime | None
    """How old what the greeting rests on is; None: nothing is known."""


def shell_view(session: Session, link: ResolvedLink, *, vault: Vault, language: str | None = None) -> ShellView:
    """The shell for a link, from the sealed snapshot alone; raises `NotPublished`."""
    story = published_story(session, link.campaign_id, link.published_version)
    reading = snapshot_of(session, vault, link.recipient_id, story.greeting_paths)
    profile = read_fields(story.greeting_fields, reading.values)
    front = front_of(story, language_for(story.storyboard, profile, language))
    return ShellView(front, greet(story, profile, front.language), reading.read_at)


@cached(LRUCache(maxsize=512), key=lambda story, language: (story.version_id, language), lock=Lock())
def front_of(story: Story, language: str) -> StoryFront:
    """What the story shows of itself in one of its languages."""
    public = public_cut(story, language)
    board = story.storyboard
    return StoryFront(
        version_id=story.version_id,
        language=language,
        title=public.title,
        description=board.description[language],
        greeting_otherwise=board.greeting_otherwise[language],
        storyboard=board,
        duration_range_s=story.duration_range_s(language),
        disclosure=strongest(
            story.clips[choice.clips[language]].ai for scene in board.scenes for choice in scene.choices
        ),
        public=public,
    )
