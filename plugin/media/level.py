"""Sound brought to −16 LUFS under a −1.5 dBTP ceiling, with edges that can't click at a joint. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plugin.media.contract import EDGE_RAMP, EDGE_SILENCE, LOUDNESS_LUFS, SILENCE_LUFS, TRUE_PEAK_DBTP
from plugin.media.measure import Sound, envelope, loudness_lufs, true_peak

_REACH = 240
_ROUNDS = 6
_NEAR_LU = 0.05


def level(sound: Sound) -> None:
    """Change `sound` in place: measured, amplified, limited and measured again until it is as loud as promised.

    Anything quieter than −50 LUFS counts as silence and stays as it is.
    """
    soften_edges(sound)
    for _ in range(_ROUNDS):
        loudness = loudness_lufs(sound)
        if loudness < SILENCE_LUFS or abs(loudness - LOUDNESS_LUFS) < _NEAR_LU:
            return
        sound *= np.float32(10 ** ((LOUDNESS_LUFS - loudness) / 20))
        limit(sound, 10 ** (TRUE_PEAK_DBTP / 20))


def limit(sound: Sound, ceiling: float) -> None:
    """Hold every true peak under `ceiling` in place, by a gain that looks 5 ms ahead and never jumps."""
    if true_peak(sound) <= ceiling:
        return
    needed = np.ones(len(sound))
    for start, peaks in envelope(sound):
        needed[start : start + len(peaks)] = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    sound *= _smooth(_lowest_around(needed)).astype(np.float32)[:, None]


def soften_edges(sound: Sound) -> None:
    """10.7 ms of silence and a 21 ms ramp at both ends, in place: a clip's first AAC frame lacks its forerunner."""
    ramp = np.concatenate((np.zeros(EDGE_SILENCE), np.linspace(0, 1, EDGE_RAMP))).astype(np.float32)
    size = min(len(ramp), len(sound))
    sound[:size] *= ramp[:size, None]
    sound[-size:] *= ramp[:size][::-1, None]


def _lowest_around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least within ±`_REACH`, in linear time (van Herk 1992: two running minima per block)."""
    window = 2 * _REACH + 1
    size = -(-(len(values) + 2 * _REACH) // window) * window
    padded = np.ones(size)
    padded[_REACH : _REACH + len(values)] = values
    rows = padded.reshape(-1, window)
    ahead = np.minimum.accumulate(rows, axis=1).ravel()
    behind = np.minimum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.minimum(behind[: len(values)], ahead[2 * _REACH : 2 * _REACH + len(values)])


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean within ±`_REACH`: each part of it is already low enough for the sample in the middle."""
    padded = np.pad(values, (_REACH + 1, _REACH), mode="edge")
    sums = np.cumsum(padded)
    return np.asarray((sums[2 * _REACH + 1 :] - sums[: -2 * _REACH - 1]) / (2 * _REACH + 1))
