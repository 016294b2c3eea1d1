"""How much interest a visit shows, 0 to 100, each point with its reason. Pure.

Made of what was watched, seen again and clicked, and of nothing else: never of attention, never of who it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.engagement.words import listed, number

RULE = 1
"""The version of this rule, told with each score. It counts for what is told from then on: a new rule alone makes
nothing new to tell, so no CRM is written full of old visits (`tell.digest` leaves scores out)."""

COVERAGE = 40
"""For all distinct seconds; a share of them for a share."""
COMPLETED = 10
AGAIN = 10
MOST_AGAIN = 20
CLICK = 25
ANOTHER_CLICK = 5
"""For one button more; further ones add nothing."""


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100, and what they were given for."""

    value: int
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As a CRM is told."""
        return {"score": self.value, "score_reasons": list(self.reasons), "score_rule": RULE}


def score_of(summary: Mapping[str, Any]) -> Score:
    """The score of a visit as summed up (`tell.summary`); what a summary lacks gives no points."""
    given = [*_watched(summary), *_again(summary), *_clicked(summary)]
    reasons = tuple(f"{why}: {_points(points)}" for points, why in given)
    return Score(sum(points for points, _ in given), reasons or ("nothing watched, seen again or clicked: 0 points",))


def _watched(summary: Mapping[str, Any]) -> list[tuple[int, str]]:
    whole, seen = number(summary, "duration_s"), number(summary, "coverage_s")
    if summary.get("completed"):
        return [(COVERAGE, "watched all"), (COMPLETED, "reached the end")]
    share = min(1.0, seen / whole) if whole > 0 else 0.0
    return [(round(COVERAGE * share), f"watched {_percent(share)} %")] if share >= 0.005 else []


def _percent(share: float) -> int:
    # '100 %' is only said of those who saw all of it.
    return min(99, round(100 * share))


def _again(summary: Mapping[str, Any]) -> list[tuple[int, str]]:
    scenes = [each for each in _listed(summary.get("replays")) if isinstance(each, Mapping)]
    times = sum(int(number(each, "times")) for each in scenes)
    if times < 1:
        return []
    titles = listed([str(each.get("title") or each.get("scene") or "a scene") for each in scenes])
    return [(min(MOST_AGAIN, AGAIN * times), f"went back to {titles}")]


def _clicked(summary: Mapping[str, Any]) -> list[tuple[int, str]]:
    labels = [str(label) for label in _listed(summary.get("ctas"))]
    if not labels:
        return []
    return [(CLICK + (ANOTHER_CLICK if len(labels) > 1 else 0), f"clicked {listed(labels)}")]


def _points(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
