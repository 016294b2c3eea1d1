"""The page before the open: rendered once per story and language, then only filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cachetools import LRUCache
from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import StoryboardVersion
from plugin.decisions.shell import StoryFront
from web.landing.colour import brand_style
from web.landing.kept import Kept
from web.landing.markup import VideoFacts, script_json, video_object
from web.landing.modules import modules
from web.landing.prerender import Holes, Prerendered
from web.landing.present import facts, parts
from web.texts import direction, texts

_HOLES = ("nonce", "greeting", "token")
_Key = tuple[str, str, str, str]
_pages: Kept[_Key, Prerendered] = Kept(LRUCache(maxsize=512))
_around: Kept[_Key, dict[str, Any]] = Kept(LRUCache(maxsize=512))


def shell_page(session: Session, front: StoryFront, slug: str, origin: str) -> Prerendered:
    """The shell of a story in one language, with holes for the nonce, the greeting and the link's token."""
    key = (front.version_id, front.language, slug, origin)
    return _pages.get(key, lambda: _render(session, front, slug, origin))


def personal_page(session: Session, front: StoryFront, slug: str, origin: str) -> Mapping[str, Any]:
    """What every page of one link shows around the stage: the same for everyone who has such a link."""
    key = (front.version_id, front.language, slug, origin)
    return _around.get(key, lambda: _surroundings(session, front, slug, origin))


def twin_path(slug: str, language: str, default: str) -> str:
    """Where the public version stands, in a language."""
    return f"/c/{slug}" if language == default else f"/c/{slug}?lang={language}"


def generic_video(front: StoryFront, published: datetime, slug: str, origin: str) -> VideoFacts:
    """The public cut, for schema markup: nothing of it depends on a person."""
    board, media = front.storyboard, f"{origin}/m/{front.public.assembly_id}"
    return VideoFacts(
        name=front.title,
        description=front.description,
        language=front.language,
        duration_s=front.public.duration_s,
        published_at=published,
        page_url=origin + twin_path(slug, front.language, board.languages[0]),
        poster_url=f"{media}/poster.jpg",
        content_url=f"{media}/video.mp4",
        captions_url=f"{media}/captions.vtt",
        publisher=board.brand.name,
        publisher_url=board.brand.url,
        disclosure=front.public.disclosure,
    )


def published_at(session: Session, version_id: str) -> datetime:
    """When a storyboard version was published."""
    return session.scalars(select(StoryboardVersion.published_at).where(StoryboardVersion.id == version_id)).one()


def _surroundings(session: Session, front: StoryFront, slug: str, origin: str) -> dict[str, Any]:
    board = front.storyboard
    markup = video_object(generic_video(front, published_at(session, front.version_id), slug, origin))
    return {
        "lang": front.language,
        "dir": direction(front.language),
        "words": texts(front.language, "landing"),
        "brand": board.brand,
        "style": brand_style(board.brand.accent).css,
        "slug": slug,
        "twin": twin_path(slug, front.language, board.languages[0]),
        "title": front.title,
        "description": front.description,
        "markup": script_json(markup),
        "modules": modules("js/landing/main.js"),
    }


def _render(session: Session, front: StoryFront, slug: str, origin: str) -> Prerendered:
    words: Mapping[str, str] = texts(front.language, "landing")
    holes = Holes(_HOLES)
    html = render_template(
        "landing/shell.html",
        **personal_page(session, front, slug, origin),
        facts=facts(front.duration_range_s, front.language, front.disclosure, words),
        parts=parts(front.public.scenes, front.public.transcript, words),
        poster=f"/m/{front.public.assembly_id}/poster.jpg",
        **holes.marks,
    )
    return holes.cut(html)
