"""A published storyboard with the facts of its clips: immutable, so it is read once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.merge import fields_in
from plugin.campaigns.models import StoryboardVersion
from plugin.campaigns.rules import fields_of
from plugin.campaigns.storyboard import Storyboard
from plugin.fields.models import Field
from plugin.fields.read import visible
from plugin.kernel.errors import Gone, NotFound
from plugin.media.catalogue import clips_by_id
from plugin.media.timeline import ClipFacts


class NotPublished(Gone):
    """The campaign has no published storyboard: its video has been taken back, or was never out."""


@dataclass(frozen=True, eq=False)
class Story:
    """All that deciding needs to know of a campaign's version; read once, so each is equal to itself alone."""

    version_id: str
    campaign_id: str
    version: int
    storyboard: Storyboard
    clips: Mapping[str, ClipFacts]
    """By the name the storyboard calls them."""
    derived: Mapping[str, Any]

    @cached_property
    def fields(self) -> dict[str, Field]:
        """By name."""
        return {field.name: field for field in self.storyboard.fields}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The only places in a CRM record that are read and kept: those of fields a link's holder may see."""
        return tuple(dict.fromkeys(field.source for field in visible(self.storyboard.fields)))

    @cached_property
    def greeting_fields(self) -> tuple[Field, ...]:
        """The few fields the page's first line needs: those in the greeting, and the language."""
        names = {name for text in self.storyboard.greeting.values() for name in fields_in(text)}
        return tuple(
            field for field in self.storyboard.fields if field.name in names | {self.storyboard.language_field}
        )

    @cached_property
    def greeting_paths(self) -> tuple[str, ...]:
        """Where they are in the CRM record."""
        return tuple(dict.fromkeys(field.source for field in visible(self.greeting_fields)))

    @cached_property
    def clips_by_id(self) -> dict[str, ClipFacts]:
        """The same clips by their own id."""
        return {clip.id: clip for clip in self.clips.values()}

    @cached_property
    def looked_at(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """By scene and choice: the fields of every rule asked on the way to it."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for scene in self.storyboard.scenes:
            names: dict[str, None] = {}
            for choice in scene.choices:
                names.update(dict.fromkeys(fields_of(choice.when)))
                found[scene.id, choice.id] = tuple(names)
        return found

    @cached_property
    def default_language(self) -> str:
        """The storyboard's first."""
        return self.storyboard.languages[0]

    def duration_range_s(self, language: str) -> tuple[float, float]:
        """The shortest and the longest video this story can become, in seconds."""
        least, most = self.derived["duration_s"][language]
        return least, most

    def public_assembly(self, language: str) -> str:
        """The assembly of the cut for nobody in particular."""
        return str(self.derived["public"][language])


def published_story(session: Session, campaign_id: str, version: int | None) -> Story:
    """The story of a campaign's version; raises `NotPublished` when there is none."""
    if version is None:
        raise NotPublished("this video isn't available any more")
    return _of_campaign(session, campaign_id, version)


@cached(LRUCache(maxsize=256), key=lambda _, campaign_id, version: (campaign_id, version), lock=Lock())
def _of_campaign(session: Session, campaign_id: str, version: int) -> Story:
    return _read(session, session.scalar(select(StoryboardVersion).filter_by(campaign_id=campaign_id, version=version)))


@cached(LRUCache(maxsize=256), key=lambda _, version_id: version_id, lock=Lock())
def story_of(session: Session, version_id: str) -> Story:
    """The story of a storyboard version, however old; raises `NotFound`."""
    return _read(session, session.get(StoryboardVersion, version_id))


def _read(session: Session, row: StoryboardVersion | None) -> Story:
    if row is None:
        raise NotFound("no such storyboard version")
    by_id = clips_by_id(session, list(row.clip_ids.values()))
    return Story(
        version_id=row.id,
        campaign_id=row.campaign_id,
        version=row.version,
        storyboard=Storyboard.model_validate(row.document),
        clips={name: by_id[clip_id].facts for name, clip_id in row.clip_ids.items() if clip_id in by_id},
        derived=row.derived,
    )
