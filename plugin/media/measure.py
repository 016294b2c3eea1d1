"""Measured sound: integrated loudness and true peak (ITU-R BS.1770-4, EBU R 128), and where somebody speaks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from plugin.media.contract import AUDIO_RATE

Sound = NDArray[np.float32]
"""Samples × 2 channels at 48 kHz."""

_CHUNK = 1 << 18
_CONTEXT = 1 << 13
_STEP = AUDIO_RATE // 10
# BS.1770-4, tables 1 and 2: the head's shelf and the RLB high-pass, at 48 kHz.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def loudness_lufs(sound: Sound) -> float:
    """Integrated loudness, gated at −70 LUFS and 10 LU under the rest; −inf for silence."""
    energy = np.concatenate(
        [_step_energy(sound, start) for start in range(0, max(len(sound), 1), _CHUNK // _STEP * _STEP)]
    )
    if len(energy) < 4:
        energy = np.pad(energy, (0, 4 - len(energy)))
    blocks = np.convolve(energy, np.full(4, 0.25), "valid")
    loud = blocks[_lufs(blocks) > -70]
    if not len(loud):
        return float("-inf")
    loud = loud[_lufs(loud) > _lufs(loud.mean()) - 10]
    return float(_lufs(loud.mean()))


def true_peak(sound: Sound) -> float:
    """The highest value between and on the samples (4× oversampled), 1.0 at full scale."""
    return max((float(peaks.max()) for _, peaks in envelope(sound)), default=0.0)


def envelope(sound: Sound) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Chunk by chunk: its first sample, and the true peak around each sample over both channels."""
    for start in range(0, len(sound), _CHUNK):
        left = min(start, _CONTEXT)
        part = sound[start - left : start + _CHUNK + _CONTEXT].astype(np.float64)
        length = len(part)
        spectrum = np.fft.rfft(part, axis=0)
        if length % 2 == 0:
            spectrum[-1] /= 2
        finer = np.fft.irfft(spectrum, 4 * length, axis=0) * 4
        peaks = np.abs(finer).max(axis=1).reshape(-1, 4).max(axis=1)
        yield start, peaks[left : left + min(_CHUNK, len(sound) - start)]


def speech(sound: Sound, *, floor_db: float = -42.0, pause_s: float = 0.35) -> list[tuple[float, float]]:
    """Spans in seconds where it isn't silent; pauses shorter than `pause_s` belong to the span around them."""
    step = AUDIO_RATE // 50
    whole = sound[: len(sound) // step * step].reshape(-1, step, 2)
    power = np.einsum("ijk,ijk->i", whole, whole, dtype=np.float64) / (2 * step)
    places = np.flatnonzero(power > 10 ** (floor_db / 10))
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) * 0.02 > pause_s)
    firsts = places[np.concatenate(([0], breaks + 1))]
    lasts = places[np.concatenate((breaks, [len(places) - 1]))]
    return [(float(a) * 0.02, float(b + 1) * 0.02) for a, b in zip(firsts, lasts, strict=True)]


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))


def _step_energy(sound: Sound, start: int) -> NDArray[np.float64]:
    """Weighted power of each 100 ms from `start`; the filters are applied as their frequency response."""
    left = min(start, _CONTEXT)
    part = sound[start - left : start + _CHUNK // _STEP * _STEP].astype(np.float64)
    # Room at the end, so that what rings on wraps into silence and not into the start.
    size = len(part) + _CONTEXT
    turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones_like(turn)
    for upper, lower in (_SHELF, _HIGH_PASS):
        response *= np.polyval(upper[::-1], turn) / np.polyval(lower[::-1], turn)
    weighted = np.fft.irfft(np.fft.rfft(part, size, axis=0) * response[:, None], size, axis=0)[left : len(part)]
    steps = weighted[: len(weighted) // _STEP * _STEP].reshape(-1, _STEP, 2)
    return np.asarray((steps**2).sum(axis=2).mean(axis=1))
