"""Loudness, true peak and speech, against signals whose values are known."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.media.contract import EDGE_SILENCE
from plugin.media.level import level, limit
from plugin.media.measure import Sound, loudness_lufs, speech, true_peak


def _tone(seconds: float, amplitude: float, hertz: float = 997.0, phase: float = 0.0) -> Sound:
    wave = amplitude * np.sin(2 * np.pi * hertz * np.arange(round(48000 * seconds)) / 48000 + phase)
    return np.stack((wave, wave), axis=1).astype(np.float32)


@pytest.mark.parametrize("dbfs", [-23.0, -33.0])
def test_a_stereo_tone_is_as_loud_as_ebu_tech_3341_says(dbfs: float) -> None:
    assert loudness_lufs(_tone(20, 10 ** (dbfs / 20), 1000)) == pytest.approx(dbfs, abs=0.1)


def test_quiet_parts_are_gated_out_as_ebu_tech_3341_says() -> None:
    parts = ((10, -36), (60, -23), (10, -36))
    sound = np.concatenate([_tone(seconds, 10 ** (level / 20), 1000) for seconds, level in parts])

    assert loudness_lufs(sound) == pytest.approx(-23, abs=0.1)


def test_long_sound_is_measured_alike_in_pieces() -> None:
    rng = np.random.default_rng(3)
    noise = (0.1 * rng.standard_normal((48000 * 13, 2))).astype(np.float32)

    assert loudness_lufs(noise) == pytest.approx(loudness_lufs(noise[: 48000 * 5]), abs=0.1)


def test_silence_has_no_loudness() -> None:
    assert loudness_lufs(np.zeros((48000, 2), np.float32)) == float("-inf")
    assert loudness_lufs(np.zeros((0, 2), np.float32)) == float("-inf")


def test_true_peaks_between_samples_are_seen() -> None:
    # A quarter of the rate, 45° off: every sample reads 0.707 of the peak.
    assert true_peak(_tone(1, 1.0, 12000, np.pi / 4)) == pytest.approx(1.0, abs=0.05)


def test_the_limiter_holds_the_ceiling_and_leaves_the_rest() -> None:
    sound = np.concatenate((_tone(0.5, 0.2), _tone(0.05, 1.5), _tone(0.5, 0.2)))
    before = sound.copy()

    limit(sound, 0.84)

    assert true_peak(sound) <= 0.85
    assert np.allclose(sound[:20000], before[:20000])


@pytest.mark.parametrize("amplitude", [0.001, 0.02, 0.9])
def test_levelling_hits_minus_16(amplitude: float) -> None:
    rng = np.random.default_rng(5)
    gaps = np.repeat(rng.random(40) > 0.3, 4800)[:, None]
    sound = (_tone(4, 1.0, 300) * gaps * amplitude * 0.5 + _tone(4, 0.5 * amplitude, 2100) * gaps).astype(np.float32)

    level(sound)

    expected = -16 if amplitude > 0.002 else loudness_lufs(sound)
    assert loudness_lufs(sound) == pytest.approx(expected, abs=0.15)
    assert true_peak(sound) <= 0.86
    assert not sound[:EDGE_SILENCE].any()


def test_speech_is_where_it_isn_t_silent() -> None:
    pause = np.zeros((48000, 2), np.float32)
    sound = np.concatenate((pause, _tone(1, 0.2), pause, _tone(0.5, 0.2), pause[:4800], _tone(0.5, 0.2), pause))

    assert speech(sound) == [pytest.approx((1.0, 2.0), abs=0.03), pytest.approx((3.0, 4.1), abs=0.03)]
