"""From pictures to seconds of the video: learn how this person sits, score each second, say null where unsure. Pure.

The same steps as `static/js/attention/seconds.js`; tests hold both to the same vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from plugin.engagement.attention.look import Look
from plugin.engagement.attention.score import DARK, SHUT, SMALL, Norm, frame_score, norm_of, openness

LEARN_MS = 3000
LEARN_LEAST = 5
LEAST_SAMPLES = 2
"""In a second; with fewer nothing is said of it."""
_GAP_MS = 1000
"""A longer silence between two pictures (a pause) is not time spent learning, and ends closed eyes."""
_MOST_WAITING = 30


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture: where the video stood, when it was taken, how light it was, and the face in it, if any."""

    at_s: float
    wall_ms: float
    light: float
    look: Look | None


@dataclass(frozen=True, slots=True)
class Second:
    """What is told of one second of the video: `score` 0 to 1, or None with the reason in `quality`."""

    second: int
    score: float | None
    n: int
    quality: str
    """ok | few (pictures) | dark | small (face) | uncalibrated."""


_Held = tuple[int, tuple[Sample, ...]]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Where things stand; `done` is what the last step finished."""

    norm: Norm | None = None
    learning: tuple[Look, ...] = ()
    learnt_ms: float = 0.0
    looked_ms: float | None = None
    shut_since: float | None = None
    scored_ms: float | None = None
    under_way: _Held | None = None
    waiting: tuple[_Held, ...] = ()
    done: tuple[Second, ...] = ()


def add(state: Seconds, sample: Sample) -> Seconds:
    """One more picture, taken while the video played."""
    second = floor(sample.at_s)
    state = replace(state, done=())
    if state.under_way is not None and state.under_way[0] != second:
        state = close(state)
    before = state.under_way[1] if state.under_way else ()
    state = replace(state, under_way=(second, (*before, sample)))
    look = sample.look
    return state if state.norm or look is None or trouble(sample) else _learn(state, look, sample.wall_ms)


def close(state: Seconds) -> Seconds:
    """The second under way is over: another one began, or the video paused, ended or was hidden."""
    if state.under_way is None:
        return replace(state, done=())
    held = state.under_way
    state = replace(state, under_way=None, done=())
    if state.norm or not any(sample.look and not trouble(sample) for sample in held[1]):
        return _judge(state, held)
    state = replace(state, waiting=(*state.waiting, held))
    return _give_up(state, len(state.waiting) - _MOST_WAITING)


def finish(state: Seconds) -> Seconds:
    """Nothing more will come: what still waits to be judged is told as null."""
    state = close(state)
    return _give_up(state, len(state.waiting))


def trouble(sample: Sample) -> str | None:
    """Why nothing can be said of a picture: dark | small; None: it can be judged."""
    if sample.light < DARK:
        return "dark"
    return "small" if sample.look and sample.look.size < SMALL else None


def _learn(state: Seconds, look: Look, wall_ms: float) -> Seconds:
    step = 0.0 if state.looked_ms is None else min(_GAP_MS, max(0.0, wall_ms - state.looked_ms))
    learning, learnt = (*state.learning, look), state.learnt_ms + step
    state = replace(state, learning=learning, learnt_ms=learnt, looked_ms=wall_ms)
    if learnt < LEARN_MS or len(learning) < LEARN_LEAST:
        return state
    norm = norm_of(learning)
    state = replace(state, learning=(), learnt_ms=0.0, looked_ms=None)
    if not norm.is_plausible:
        return _give_up(state, len(state.waiting))
    state = replace(state, norm=norm)
    for held in state.waiting:
        state = _judge(state, held)
    return replace(state, waiting=())


def _give_up(state: Seconds, count: int) -> Seconds:
    if count <= 0:
        return state
    told = [Second(second, None, len(samples), "uncalibrated") for second, samples in state.waiting[:count]]
    return replace(state, waiting=state.waiting[count:], done=(*state.done, *told))


def _judge(state: Seconds, held: _Held) -> Seconds:
    second, samples = held
    scores: list[float] = []
    troubles: list[str] = []
    for sample in samples:
        if reason := trouble(sample):
            troubles.append(reason)
            continue
        state, score = _score(state, sample)
        scores.append(score)
    return replace(state, done=(*state.done, _said(second, samples, scores, troubles)))


def _score(state: Seconds, sample: Sample) -> tuple[Seconds, float]:
    if sample.look is None or state.norm is None:
        return replace(state, shut_since=None, scored_ms=sample.wall_ms), 0.0
    since = state.shut_since
    if state.scored_ms is None or sample.wall_ms - state.scored_ms > _GAP_MS:
        since = None
    shut = openness(sample.look, state.norm) < SHUT
    since = (sample.wall_ms if since is None else since) if shut else None
    shut_ms = 0.0 if since is None else sample.wall_ms - since
    return replace(state, shut_since=since, scored_ms=sample.wall_ms), frame_score(sample.look, state.norm, shut_ms)


def _said(second: int, samples: Sequence[Sample], scores: Sequence[float], troubles: Sequence[str]) -> Second:
    n = len(samples)
    if n < LEAST_SAMPLES:
        return Second(second, None, n, "few")
    if len(scores) < ceil(n / 2):
        dark = sum(reason == "dark" for reason in troubles)
        return Second(second, None, n, "dark" if 2 * dark >= len(troubles) else "small")
    return Second(second, round(sum(scores) / len(scores), 3), n, "ok")
