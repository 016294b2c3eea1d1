"""How far a voice is from its lips: told when they belong together, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.media.quality.lips import lateness_s
from plugin.media.quality.sound import STEP_S
from tests.plugin.media.quality.planted import loud_at

Lips = list[tuple[float, float]]


def _lips(seconds: float = 4.0) -> Lips:
    return [(number / 25, 0.05 + 0.3 * float(loud_at((number + 0.5) / 25))) for number in range(round(seconds * 25))]


def _levels(late_s: float, seconds: float = 4.0) -> np.ndarray:
    at = (np.arange(round(seconds / STEP_S)) + 0.5) * STEP_S - late_s
    return (20 * np.log10(0.02 + loud_at(at)) - 14).astype(np.float32)


@pytest.mark.parametrize("late_s", [-0.2, -0.08, 0.0, 0.1, 0.3])
def test_the_shift_is_found_to_a_picture(late_s: float) -> None:
    assert lateness_s(_lips(), _levels(late_s), -16.0) == pytest.approx(late_s, abs=0.04)


def test_a_voice_that_isn_t_theirs_tells_nothing() -> None:
    other = np.random.default_rng(2).uniform(-60, -10, 200).astype(np.float32)

    assert lateness_s(_lips(), other, -16.0) is None


def test_a_mouth_that_never_moves_tells_nothing() -> None:
    assert lateness_s([(at, 0.1) for at, _ in _lips()], _levels(0.3), -16.0) is None


def test_a_second_of_lips_is_too_little() -> None:
    assert lateness_s(_lips(1.0), _levels(0.3), -16.0) is None


def test_silence_tells_nothing() -> None:
    assert lateness_s(_lips(), np.zeros(0, np.float32), None) is None
