"""The public version of a campaign's video: a page, the same as Markdown, and the lists that lead to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date
from cachetools import TTLCache
from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.decisions.public import public_cut
from plugin.decisions.shell import StoryFront, front_of
from plugin.decisions.story import published_story
from plugin.kernel.errors import NotFound
from web.landing.colour import brand_style
from web.landing.kept import Kept
from web.landing.markup import script_json, video_object
from web.landing.modules import modules
from web.landing.plain_markdown import plain, target
from web.landing.present import facts, parts
from web.landing.shell import generic_video, published_at, twin_path
from web.landing.words import language_name, length
from web.player.present import player_json
from web.services import Services
from web.texts import direction, texts

KEPT_S = 60
"""How long a rendered page is kept: a withdrawn or republished video is gone from here within a minute."""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A rendered page with what its headers need."""

    html: str
    etag: str
    style_hash: str
    page_url: str
    markdown_path: str
    language: str


@dataclass(frozen=True, slots=True)
class PublicVideo:
    """A published campaign as lists and Markdown show it, in one language."""

    slug: str
    front: StoryFront
    published_at: datetime
    path: str
    alternates: tuple[tuple[str, str], ...]
    """Language and path, the default first."""

    @property
    def title(self) -> str:
        return self.front.title

    @property
    def description(self) -> str:
        return self.front.description

    @property
    def brand(self) -> str:
        return self.front.storyboard.brand.name

    @property
    def length(self) -> str:
        return length(self.front.public.duration_s, texts(self.front.language, "landing"))

    @property
    def poster(self) -> str:
        return f"/m/{self.front.public.assembly_id}/poster.jpg"

    @property
    def duration_s(self) -> int:
        return max(1, round(self.front.public.duration_s))


_kept: Kept[tuple[int, str, str | None], PublicPage] = Kept(TTLCache(maxsize=512, ttl=KEPT_S))


def public_page(here: Services, slug: str, language: str | None) -> PublicPage:
    """The page at `/c/<slug>`; raises `NotFound` or `NotPublished`."""
    page = _kept.find((id(here), slug, language))
    if page is None:
        with here.database.reading() as session:
            video = public_video(session, slug, language)
        # Kept by the language it is in: whoever asks for languages we don't have makes no page and drives none out.
        spoken = video.front.language if language else None
        page = _kept.get((id(here), slug, spoken), lambda: _render(here, video))
    return page


def public_video(session: Session, slug: str, language: str | None = None) -> PublicVideo:
    """One campaign in `language`, or its default one; raises `NotFound` or `NotPublished`."""
    campaign = session.scalar(select(Campaign).where(Campaign.slug == slug))
    if campaign is None:
        raise NotFound("no such campaign")
    return _video(session, campaign, language)


def public_videos(session: Session, language: str | None = None) -> list[PublicVideo]:
    """Every published campaign, newest first."""
    published = select(Campaign).where(Campaign.published_version.is_not(None)).order_by(Campaign.created_at.desc())
    return [_video(session, campaign, language) for campaign in session.scalars(published)]


def markdown(video: PublicVideo, origin: str) -> str:
    """The page as plain text: what it says, in the order it says it."""
    front, words = video.front, texts(video.front.language, "landing")
    plan = front.public
    told = facts((plan.duration_s, plan.duration_s), front.language, plan.disclosure, words)
    lines = [f"# {plain(front.title)}", "", plain(front.description), ""]
    lines += [
        f"- {plain(fact)}" for fact in (video.brand, told.length, told.captions, told.ai_label, told.ai_notes) if fact
    ]
    lines += [f"- {origin}{video.path}", "", f"## {words['transcript']}", ""]
    for part in parts(plan.scenes, plan.transcript, words):
        lines += [f"### {part.time} {plain(part.title)}" + (f" ({plain(part.ai)})" if part.ai else ""), ""]
        lines += [f"{plain(line.text)}  " for line in part.lines]
        lines.append("")
    if plan.ctas:
        lines += [
            f"## {words['next_step']}",
            "",
            *(f"- [{plain(cta.label)}]({target(cta.url)})" for cta in plan.ctas),
            "",
        ]
    return "\n".join(lines)


def _video(session: Session, campaign: Campaign, language: str | None) -> PublicVideo:
    story = published_story(session, campaign.id, campaign.published_version)
    front = front_of(story, public_cut(story, language).language)
    default = story.default_language
    alternates = tuple((tag, twin_path(campaign.slug, tag, default)) for tag in story.storyboard.languages)
    path = twin_path(campaign.slug, front.language, default)
    return PublicVideo(campaign.slug, front, published_at(session, story.version_id), path, alternates)


def _render(here: Services, video: PublicVideo) -> PublicPage:
    origin = here.settings.public_origin
    style = brand_style(video.front.storyboard.brand.accent)
    html = render_template("landing/twin.html", **_page(here, video, origin), style=style.css)
    etag = hashlib.blake2b(html.encode(), digest_size=12).hexdigest()
    return PublicPage(html, etag, style.sha256, origin + video.path, _markdown_path(video), video.front.language)


def _page(here: Services, video: PublicVideo, origin: str) -> Mapping[str, Any]:
    front = video.front
    plan, language, words = front.public, front.language, texts(front.language, "landing")
    shown = parts(plan.scenes, plan.transcript, words)
    generic = generic_video(front, video.published_at, video.slug, origin)
    view = player_json(plan, here)
    return {
        "lang": language,
        "dir": direction(language),
        "words": words,
        "brand": front.storyboard.brand,
        "slug": video.slug,
        "title": front.title,
        "description": front.description,
        "page_url": generic.page_url,
        "poster_url": generic.poster_url,
        "content_url": generic.content_url,
        "content_path": view["download"],
        "markdown_url": origin + _markdown_path(video),
        "markdown_path": _markdown_path(video),
        "alternates": [
            *((tag, origin + path) for tag, path in video.alternates),
            ("x-default", origin + video.alternates[0][1]),
        ],
        "languages": [(tag, language_name(tag, tag), path) for tag, path in video.alternates],
        "markup": script_json(video_object(generic, shown)),
        "modules": modules("js/landing/twin.js"),
        "facts": facts((plan.duration_s, plan.duration_s), language, plan.disclosure, words),
        "plan": plan,
        "parts": shown,
        "here": f"/c/{video.slug}",
        "player_view": view,
        "published": words["published"].format(date=format_date(video.published_at, "long", locale=_locale(language))),
    }


def _locale(language: str) -> str:
    return language.replace("-", "_")


def _markdown_path(video: PublicVideo) -> str:
    return video.path.replace(f"/c/{video.slug}", f"/c/{video.slug}.md", 1)
