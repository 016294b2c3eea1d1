"""The score, second by second: held to the vectors that the browser's twin is held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugin.engagement.attention.look import Look, look_of
from plugin.engagement.attention.seconds import Sample, Second, Seconds, add, close, finish

SHARED = Path(__file__).parents[3] / "attention"
VECTORS: list[dict[str, Any]] = json.loads((SHARED / "vectors.json").read_text())
LANDMARKS: dict[str, list[list[float]]] = json.loads((SHARED / "landmarks.json").read_text())
LOOKS: dict[str, dict[str, float]] = json.loads((SHARED / "looks.json").read_text())
FACING = Look(yaw=2, pitch=8, eyes=0.3, gaze=0.5, size=0.44)


def play(state: Seconds, samples: list[Sample]) -> tuple[Seconds, list[Second]]:
    told: list[Second] = []
    for sample in samples:
        state = add(state, sample)
        told += state.done
    return state, told


def facing(from_s: float, to_s: float, *, light: float = 120) -> list[Sample]:
    quarters = range(round(from_s * 4), round(to_s * 4))
    return [Sample(quarter / 4, quarter * 250, light, FACING) for quarter in quarters]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_seconds_of(case: dict[str, Any]) -> None:
    samples = [
        Sample(at, wall, light, Look(*look) if look else None) for at, wall, light, *look in map(tuple, case["samples"])
    ]

    state, told = play(Seconds(), samples)
    told += finish(state).done

    assert [[one.second, one.score, one.n, one.quality] for one in told] == case["seconds"]


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_is_read_off_landmarks(name: str) -> None:
    look = look_of(LANDMARKS[name], 320, 240)

    for what, value in LOOKS[name].items():
        assert getattr(look, what) == pytest.approx(value, abs=1e-6)


def test_turned_bowed_and_shut_are_told_apart_by_the_landmarks() -> None:
    front, closed, turned, down = (
        look_of(LANDMARKS[name], 320, 240) for name in ("front", "closed", "yaw-50", "down30")
    )

    assert closed.eyes < 0.4 * front.eyes
    assert abs(turned.yaw - front.yaw) > 30
    assert 20 < down.pitch - front.pitch < 35
    assert abs(down.yaw - front.yaw) < 6


def test_a_face_that_never_stays_is_told_as_unknown_in_the_end_and_memory_stays_bounded() -> None:
    state, told = Seconds(), []
    # One usable look a second, a long gap after each: too little to learn from for a long while.
    for second in range(3):
        state, more = play(state, [Sample(second + 0.1, second * 900_000.0, 120, FACING)])
        told += more

    told += finish(state).done

    assert [(one.score, one.quality) for one in told] == [(None, "uncalibrated")] * 3


def test_learning_goes_on_over_a_pause() -> None:
    state, told = play(Seconds(), facing(0, 2))
    assert told == []
    state = close(state)

    state, told = play(state, facing(2, 4))

    assert [one.second for one in told] == [0, 1, 2]
    assert all(one.score == 1 for one in told)


def test_a_picture_too_dark_teaches_nothing() -> None:
    state, told = play(Seconds(), facing(0, 6, light=10))

    assert state.norm is None
    assert {one.quality for one in told} == {"dark"}
