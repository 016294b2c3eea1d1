"""A visit in the words a CRM is told: derived events, messages, the summary. Pure; ids and engagement, no values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from plugin.engagement.attention.share import Attention
from plugin.engagement.score import score_of
from plugin.engagement.spans import Span, longest
from plugin.engagement.story import Story, Told
from plugin.engagement.totals import Happened, Totals, in_order
from plugin.engagement.who import Verdict
from plugin.kernel.ids import derived_id
from plugin.outbox.enqueue import Draft

MOST_SPANS = 100
"""Told of one visit: more than a bar can show, few enough for any CRM's field."""
REPORTED = ("link.opened", "video.played", "video.quartile_reached", "cta.clicked")


@dataclass(frozen=True, slots=True)
class About:
    """What every message of one visit shares."""

    visit_id: str
    campaign_id: str
    started_at: datetime
    story: Story
    told: Told
    verdict: Verdict
    consent: str = "not_asked"
    """What the person said to being measured: given | not_asked. Of one who said no nothing is told."""


def derived_events(visit_id: str, started_at: datetime, totals: Totals) -> list[Happened]:
    """What follows from the totals, under ids that follow from the visit: written twice, they are there once."""

    def make(kind: str, at: datetime, name: str = "", **data: Any) -> Happened:
        return Happened(derived_id(visit_id, kind, name), kind, at, at, data)

    found = [make("link.opened", started_at)]
    for milestone in totals.milestones:
        quartile = milestone.quartile
        found.append(make("video.quartile_reached", milestone.at, str(quartile), quartile=quartile))
        if quartile == 100:
            found.append(make("video.completed", milestone.at))
    return found


def messages(about: About, events: Sequence[Happened]) -> list[Draft]:
    """One for each event the CRM hears of, in the order they happened; buttons the video doesn't have are left out.

    `video.played` is told once a visit.
    """
    drafts: list[Draft] = []
    for event in sorted(in_order(events), key=lambda event: event.kind != "link.opened"):
        if event.kind not in REPORTED:
            continue
        if event.kind == "cta.clicked" and event.data["cta"] not in about.story.ctas:
            continue
        key = derived_id(about.visit_id, event.kind) if event.kind == "video.played" else event.id
        drafts.append(_draft(about, key, event.kind, _payload(about, event)))
    return drafts


def summary_message(about: About, totals: Totals, revision: int, attention: Attention | None = None) -> Draft:
    """The visit as the rep reads it; a later revision replaces an earlier one.

    `attention` stands in it only where the viewer agreed to that on its own, and nothing else is made of it.
    """
    said = summary(totals, about.story)
    payload = {
        **_common(about, about.started_at),
        "session_key": about.visit_id,
        "revision": revision,
        "started_at": about.started_at.isoformat(),
        "link_id": about.told.link_id,
        "consent": about.consent,
        "confidence": about.verdict.confidence,
        "reasons": list(about.verdict.reasons),
        **said,
        **score_of(said).as_json(),
        "spans": _stretches(totals.merged),
        "again": _stretches(totals.again),
    }
    if attention is not None:
        payload["attention"] = attention.as_json()
    return _draft(about, f"{about.visit_id}:{revision}", "visit.summarised", payload)


def summary(totals: Totals, story: Story) -> dict[str, Any]:
    """Totals in seconds and titles, as JSON."""
    return {
        "duration_s": story.duration_ms / 1000,
        "coverage_s": totals.coverage_ms / 1000,
        "watch_s": totals.watch_ms / 1000,
        "quartile": totals.quartile,
        "completed": totals.quartile == 100,
        "replays": [{"scene": again.scene, "title": again.title, "times": again.times} for again in totals.replays],
        "ctas": [story.ctas[cta] for cta in totals.ctas],
        "chapters": list(totals.chapters),
        "left_at_s": totals.left_at_ms / 1000,
        "reached_s": totals.reached_ms / 1000,
    }


def digest(about: About, totals: Totals, attention: Attention | None = None) -> str:
    """Of all a summary says but its revision, its growing reasons and its score: the same means nothing new to tell.

    The score follows from the rest, so a visit that changed is told with a new one; a new rule alone tells nothing.
    """
    said: list[Any] = [summary(totals, about.story), about.verdict.who, about.verdict.confidence]
    if attention is not None:
        said.append(attention.as_json())
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def urgency(totals: Totals) -> int:
    """How much there is that a rep wants to hear at once: buttons clicked, and the end reached."""
    return len(totals.ctas) + (totals.quartile == 100)


def _stretches(found: Sequence[Span]) -> list[list[float]]:
    """`[from_s, to_s]` of each, in order."""
    return [[span.from_ms / 1000, span.to_ms / 1000] for span in longest(found, MOST_SPANS)]


def _payload(about: About, event: Happened) -> dict[str, Any]:
    payload = _common(about, event.at)
    if event.kind == "video.quartile_reached":
        payload["quartile"] = event.data["quartile"]
    if event.kind == "cta.clicked":
        payload |= {"cta": event.data["cta"], "label": about.story.ctas[event.data["cta"]]}
    return payload


def _common(about: About, at: datetime) -> dict[str, Any]:
    return {
        "visit_id": about.visit_id,
        "campaign_id": about.campaign_id,
        "campaign_title": about.story.title,
        "occurred_at": at.isoformat(),
        "who": str(about.verdict.who),
    }


def _draft(about: About, key: str, kind: str, payload: dict[str, Any]) -> Draft:
    return Draft(about.told.installation_id, key, kind, about.told.subject, payload)
