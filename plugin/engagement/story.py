"""What understanding a visit needs to know of its video: scenes where they lay, buttons, titles; and whom to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import StoryboardVersion
from plugin.decisions.models import Open
from plugin.engagement.spans import Span
from plugin.kernel.errors import NotFound
from plugin.links.models import Link
from plugin.recipients.models import Recipient


@dataclass(frozen=True, slots=True)
class StoryScene:
    """A scene as it lay in this open's video; the title is in the storyboard's first language, for the company."""

    id: str
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Story:
    """One open's video as its makers call it."""

    title: str
    duration_ms: int
    scenes: tuple[StoryScene, ...]
    ctas: Mapping[str, str]
    """Button id → label."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told about whom."""

    installation_id: str
    subject: str
    """`type:external id` of the CRM record."""
    issued_at: datetime
    link_id: str


def story_of(session: Session, open_id: str, duration_s: float) -> tuple[Story, Told]:
    """Read them for one open; raises `NotFound` when its link or storyboard is gone."""
    row = session.execute(
        select(Open.choices, Open.storyboard_version_id, Link.issued_at, Link.id, Recipient)
        .join(Link, Link.id == Open.link_id)
        .join(Recipient, Recipient.id == Link.recipient_id)
        .where(Open.id == open_id)
    ).one_or_none()
    if row is None:
        raise NotFound("no such open")
    choices, version_id, issued_at, link_id, recipient = row
    names = _names(session, version_id)
    scenes = tuple(
        StoryScene(choice["scene"], names.scenes.get(choice["scene"], choice["scene"]), _span(choice))
        for choice in choices
    )
    story = Story(names.title, round(duration_s * 1000), scenes, names.ctas)
    return story, Told(recipient.installation_id, subject_of(recipient), issued_at, link_id)


def subject_of(recipient: Recipient) -> str:
    """The CRM record a person's messages are about: `type:external id`."""
    return f"{recipient.external_type}:{recipient.external_id}"


def _span(choice: Mapping[str, Any]) -> Span:
    start = round(choice["start_s"] * 1000)
    return Span(start, start + round(choice["duration_s"] * 1000))


@dataclass(frozen=True, slots=True)
class _Names:
    title: str
    scenes: Mapping[str, str]
    ctas: Mapping[str, str]


def _names(session: Session, version_id: str) -> _Names:
    document = session.scalar(select(StoryboardVersion.document).where(StoryboardVersion.id == version_id))
    if document is None:
        raise NotFound("no such storyboard")
    return _names_in(document)


def _names_in(document: Mapping[str, Any]) -> _Names:
    language = document["languages"][0]

    def said(words: Mapping[str, str]) -> str:
        return words.get(language) or next(iter(words.values()), "")

    return _Names(
        said(document["title"]),
        {scene["id"]: said(scene["title"]) for scene in document["scenes"]},
        {cta["id"]: said(cta["label"]) for cta in document.get("ctas", ())},
    )
