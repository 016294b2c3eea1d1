"""The timeline as a rep reads it: one card a visit, in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from connectors.local.models import Activity, Engagement
from plugin.engagement.words import attention, event_text, number, sentence, who

_MILESTONES = ("video.quartile_reached", "video.completed")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the video in percent of its length; `again` when it was seen more than once."""

    start: float
    width: float
    again: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One raw event in words."""

    at: datetime
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Card:
    """One visit; `provisional` while its summary is still to come."""

    id: str
    at: datetime
    sentence: str
    campaign: str
    who: str
    confidence: str
    ctas: tuple[str, ...]
    coverage_percent: float
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    events: tuple[Line, ...]
    provisional: bool
    score: int | None = None
    score_reasons: tuple[str, ...] = ()
    attention: str = ""
    """What the viewer's device told of facing the screen; empty unless they agreed to that."""


def cards(engagements: Iterable[Engagement], activities: Iterable[Activity]) -> list[Card]:
    """A card for every visit, newest first."""
    by_visit = _by_visit(activities)
    summed = [_card(engagement, by_visit.pop(engagement.session_key, [])) for engagement in engagements]
    going_on = [_provisional(visit, events) for visit, events in by_visit.items()]
    return sorted([*summed, *going_on], key=lambda card: (card.at, card.id), reverse=True)


def _parts(payload: Mapping[str, Any]) -> tuple[Part, ...]:
    """What was seen (`spans`) and seen again (`again`), as `[from_s, to_s]`; without them one part as long as all."""
    whole = number(payload, "duration_s")
    if not whole:
        return ()
    seen = payload.get("spans") or [[0.0, min(whole, number(payload, "coverage_s"))]]
    again = payload.get("again") or []
    marked = [(span, False) for span in seen] + [(span, True) for span in again]
    return tuple(
        Part(round(100 * start / whole, 2), round(100 * (end - start) / whole, 2), repeated)
        for (start, end), repeated in marked
        if end > start
    )


def _card(engagement: Engagement, events: Sequence[Activity]) -> Card:
    payload = engagement.payload
    whole = number(payload, "duration_s")
    return Card(
        id=engagement.session_key,
        at=engagement.occurred_at,
        sentence=sentence(payload),
        campaign=_campaign(payload),
        who=str(payload.get("who") or "unknown"),
        confidence=str(payload.get("confidence") or ""),
        ctas=tuple(str(label) for label in payload.get("ctas") or []),
        coverage_percent=min(100.0, 100 * number(payload, "coverage_s") / whole) if whole else 0.0,
        parts=_parts(payload),
        reasons=tuple(str(reason) for reason in payload.get("reasons") or []),
        events=_lines(events),
        provisional=False,
        score=_score(payload),
        score_reasons=tuple(str(reason) for reason in payload.get("score_reasons") or []),
        attention=attention(payload),
    )


def _provisional(visit: str, events: Sequence[Activity]) -> Card:
    said = [line.text for line in _lines(_furthest(events))]
    payload = events[0].payload
    spoken = ", ".join([said[0], *(text[:1].lower() + text[1:] for text in said[1:])])
    return Card(
        id=visit,
        at=events[0].occurred_at,
        sentence=f"{spoken} – {who(payload)}",
        campaign=_campaign(payload),
        who=str(payload.get("who") or "unknown"),
        confidence="",
        ctas=(),
        coverage_percent=max((number(event.payload, "quartile") for event in events), default=0.0),
        parts=(),
        reasons=(),
        events=_lines(events),
        provisional=True,
    )


def _furthest(events: Sequence[Activity]) -> list[Activity]:
    """Without the milestones that a later one tells anyhow."""
    milestones = [event for event in events if event.kind in _MILESTONES]
    return [event for event in events if event.kind not in _MILESTONES or event is milestones[-1]]


def _score(payload: Mapping[str, Any]) -> int | None:
    # A visit told before there were scores has none.
    return round(number(payload, "score")) if payload.get("score") is not None else None


def _campaign(payload: Mapping[str, Any]) -> str:
    return str(payload.get("campaign_title") or payload.get("campaign") or "")


def _lines(events: Sequence[Activity]) -> tuple[Line, ...]:
    return tuple(Line(event.occurred_at, event_text(event.kind, event.payload), event.kind) for event in events)


def _by_visit(activities: Iterable[Activity]) -> dict[str, list[Activity]]:
    def visit(activity: Activity) -> str:
        return str(activity.payload.get("visit_id") or activity.payload.get("visit") or activity.key)

    # The order of things done in the same moment is the order of the story.
    order = {"link.opened": 0, "video.played": 1}
    ordered = sorted(activities, key=lambda one: (visit(one), one.occurred_at, order.get(one.kind, 2), one.key))
    return {key: list(group) for key, group in groupby(ordered, key=visit)}
