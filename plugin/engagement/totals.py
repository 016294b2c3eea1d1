"""From a visit's events to what they amount to: the same totals whatever order they came in. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.engagement import spans
from plugin.engagement.spans import Span
from plugin.engagement.story import Story


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it was accepted."""

    id: str
    kind: str
    at: datetime
    received_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Milestone:
    """A share of the video reached by distinct seconds, and by which event."""

    quartile: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """A scene played again."""

    scene: str
    title: str
    times: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What was watched and clicked, in milliseconds of media time."""

    merged: tuple[Span, ...]
    again: tuple[Span, ...]
    """Stretches seen more than once."""
    coverage_ms: int
    watch_ms: int
    played_ms: int
    """Wall time the playing took, at the rates it was played."""
    milestones: tuple[Milestone, ...]
    replays: tuple[Replay, ...]
    ctas: tuple[str, ...]
    """Ids of the buttons clicked, first click first."""
    chapters: tuple[str, ...]
    left_at_ms: int
    """Where the last span played ended."""
    reached_ms: int
    """The farthest moment seen."""

    @property
    def quartile(self) -> int:
        """The highest reached: 0, 25, 50, 75 or 100."""
        return self.milestones[-1].quartile if self.milestones else 0


@dataclass(frozen=True, slots=True)
class PageSigns:
    """What the page showed of the person before it, over all its reports."""

    visible_ms: int
    gestures: Mapping[str, int]
    webdriver: bool
    moves: int | None
    languages: int | None


def in_order(events: Sequence[Happened]) -> list[Happened]:
    """By when they happened, ties by id: one order, however they came in."""
    return sorted(events, key=lambda event: (event.at, event.id))


def derive(events: Sequence[Happened], story: Story) -> Totals:
    """Every total of a visit; spans and buttons its video does not have are left out."""
    ordered = in_order(events)
    played = [(event, kept) for event in ordered if event.kind == "video.watched" and (kept := _span(event, story))]
    watched = [span for _, span in played]
    return Totals(
        merged=spans.merge(watched),
        again=spans.seen_again(watched),
        coverage_ms=spans.coverage_ms(watched),
        watch_ms=spans.watch_ms(watched),
        played_ms=round(sum(span.length_ms / float(event.data.get("rate", 1)) for event, span in played)),
        milestones=_milestones(played, story.duration_ms),
        replays=_replays(watched, story),
        ctas=_first_of(ordered, "cta.clicked", "cta", story.ctas),
        chapters=_first_of(ordered, "chapter.selected", "scene", {scene.id: "" for scene in story.scenes}),
        left_at_ms=watched[-1].to_ms if watched else 0,
        reached_ms=spans.reached_ms(watched),
    )


def signs_of(events: Sequence[Happened]) -> PageSigns:
    """A page reports running totals, so the largest of each is the last, whatever came when."""
    reports = [event.data for event in events if event.kind == "page.seen"]
    gestures: dict[str, int] = {}
    for report in reports:
        for kind, count in report["gestures"].items():
            gestures[kind] = max(count, gestures.get(kind, 0))
    return PageSigns(
        visible_ms=max((report["visible_ms"] for report in reports), default=0),
        gestures=gestures,
        webdriver=any(report["webdriver"] for report in reports),
        moves=_most(reports, "moves"),
        languages=_most(reports, "languages"),
    )


def _most(reports: Sequence[Mapping[str, Any]], name: str) -> int | None:
    return max((report[name] for report in reports if name in report), default=None)


def _span(event: Happened, story: Story) -> Span | None:
    told = Span(round(event.data["from"] * 1000), round(event.data["to"] * 1000))
    return next(iter(spans.within([told], story.duration_ms)), None)


def _milestones(played: Sequence[tuple[Happened, Span]], duration_ms: int) -> tuple[Milestone, ...]:
    watched = [span for _, span in played]

    def reached_by(last: int) -> tuple[int, ...]:
        return spans.quartiles(spans.coverage_ms(watched[: last + 1]), duration_ms)

    def first_reaching(quartile: int) -> int:
        # Coverage only grows, so the event is found by halving.
        return bisect_left(range(len(played)), True, key=lambda last: quartile in reached_by(last))

    reached = reached_by(len(played))
    return tuple(Milestone(quartile, played[first_reaching(quartile)][0].at) for quartile in reached)


def _replays(watched: Sequence[Span], story: Story) -> tuple[Replay, ...]:
    return tuple(
        Replay(scene.id, scene.title, times) for scene in story.scenes if (times := spans.replays(watched, scene.span))
    )


def _first_of(ordered: Sequence[Happened], kind: str, name: str, known: Mapping[str, str]) -> tuple[str, ...]:
    found = dict.fromkeys(event.data[name] for event in ordered if event.kind == kind)
    return tuple(value for value in found if value in known)
