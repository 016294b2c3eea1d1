"""Arithmetic on what was played: merged spans, coverage, watch time, quartiles, replays. Pure; whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

QUARTILES = (25, 50, 75, 100)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of the video really played, in milliseconds of media time; never empty."""

    from_ms: int
    to_ms: int

    @property
    def length_ms(self) -> int:
        """How long, in media time."""
        return self.to_ms - self.from_ms


def within(spans: Iterable[Span], duration_ms: int, *, slack_ms: int = 500) -> tuple[Span, ...]:
    """Only what the video has: ends up to half a second past it are cut back, spans beyond it left out.

    Players run a frame or two over; anything more was not played.
    """
    return tuple(
        Span(span.from_ms, min(span.to_ms, duration_ms))
        for span in spans
        if 0 <= span.from_ms < min(span.to_ms, duration_ms) and span.to_ms <= duration_ms + slack_ms
    )


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same seconds as the fewest spans, in order, apart from one another."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.from_ms <= merged[-1].to_ms:
            merged[-1] = Span(merged[-1].from_ms, max(merged[-1].to_ms, span.to_ms))
        else:
            merged.append(span)
    return tuple(merged)


def seen_again(spans: Iterable[Span], *, least_ms: int = 500) -> tuple[Span, ...]:
    """Where more than one span lay, in order, apart from one another.

    Less than half a second is no one's wish: players that pause and go on overlap by a frame or two.
    """
    steps = sorted(step for span in spans for step in ((span.from_ms, 1), (span.to_ms, -1)))
    stretches: list[Span] = []
    depth = 0
    for (here, change), (there, _) in pairwise(steps):
        depth += change
        if depth > 1 and there > here:
            stretches.append(Span(here, there))
    return tuple(span for span in merge(stretches) if span.length_ms >= least_ms)


def longest(spans: Sequence[Span], most: int) -> tuple[Span, ...]:
    """At most so many of them, the longest, in order."""
    return tuple(sorted(sorted(spans, key=lambda span: span.length_ms, reverse=True)[:most]))


def coverage_ms(spans: Iterable[Span]) -> int:
    """Distinct milliseconds seen, however often."""
    return sum(span.length_ms for span in merge(spans))


def watch_ms(spans: Iterable[Span]) -> int:
    """All milliseconds played, repeats included."""
    return sum(span.length_ms for span in spans)


def is_complete(covered_ms: int, duration_ms: int) -> bool:
    """All but the last instants: within 2 % of the duration, and at least half a second, of the whole."""
    return duration_ms > 0 and covered_ms >= duration_ms - max(500, duration_ms // 50)


def quartiles(covered_ms: int, duration_ms: int) -> tuple[int, ...]:
    """Which of 25, 50, 75, 100 % were reached by distinct seconds; skipping ahead reaches none."""
    if duration_ms <= 0:
        return ()
    reached = [quartile for quartile in QUARTILES[:-1] if covered_ms * 100 >= quartile * duration_ms]
    return (*reached, 100) if len(reached) == 3 and is_complete(covered_ms, duration_ms) else tuple(reached)


def replays(spans: Sequence[Span], scene: Span) -> int:
    """How many more times a scene was played after the first: the largest n so that half of it was played n + 1 times.

    It asks nothing of order, and a run cut in pieces counts the same as the run whole.
    """
    lengths = _length_at_depth(spans, scene)
    times = [depth for depth in range(1, len(lengths)) if 2 * sum(lengths[depth:]) >= scene.length_ms]
    return max(0, times[-1] - 1) if times else 0


def _length_at_depth(spans: Sequence[Span], scene: Span) -> list[int]:
    """`[n]` is how many milliseconds of the scene were played exactly n times."""
    steps: list[tuple[int, int]] = [(scene.from_ms, 0), (scene.to_ms, 0)]
    for span in spans:
        start, end = max(span.from_ms, scene.from_ms), min(span.to_ms, scene.to_ms)
        if start < end:
            steps += [(start, 1), (end, -1)]
    steps.sort()
    lengths = [0] * (len(spans) + 1)
    depth = 0
    for (here, change), (there, _) in pairwise(steps):
        depth += change
        if there > here:
            lengths[depth] += there - here
    return lengths


def reached_ms(spans: Iterable[Span]) -> int:
    """The farthest moment seen."""
    return max((span.to_ms for span in spans), default=0)
