"""Whether lips and voice move together: the mouth's opening laid over the sound, and shifted until they agree. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.report import Finding, found
from plugin.media.quality.sound import STEP_S
from plugin.media.timeline import FRAME_RATE

FARTHEST_S = 0.4
_LEAST_S = 2.0
"""Of pictures with a mouth, or there is nothing to go by."""
_LEAST_OPENING = 0.02
"""How much a mouth has to move, as the standard deviation of its opening."""
_AGREE = 0.5
_STANDS_OUT = 0.15
"""Correlation at the best shift, and by how much it has to beat the typical one."""
_RANGE_DB = 30.0

Signal = NDArray[np.float64]


def lip_findings(
    lips: Sequence[tuple[float, float]], levels_db: NDArray[np.float32], loudness_lufs: float | None
) -> list[Finding]:
    """Speech that comes too early or too late for the lips; nothing unless the two clearly belong together."""
    late_s = lateness_s(lips, levels_db, loudness_lufs)
    if late_s is None:
        return []
    start_s, end_s = lips[0][0], lips[-1][0]
    early = f"Speech is heard {-late_s * 1000:.0f} ms before the lips move."
    late = f"Speech is heard {late_s * 1000:.0f} ms after the lips move."
    return found("sync_early", -late_s, early, start_s, end_s) + found("sync_late", late_s, late, start_s, end_s)


def lateness_s(
    lips: Sequence[tuple[float, float]], levels_db: NDArray[np.float32], loudness_lufs: float | None
) -> float | None:
    """Seconds by which the sound comes after the lips, less than zero when before; None when it can't be told."""
    if len(lips) < 2 or lips[-1][0] - lips[0][0] < _LEAST_S or not len(levels_db) or loudness_lufs is None:
        return None
    # A picture stands for the time it is shown, so for its middle.
    times = np.array([at + 0.5 / FRAME_RATE for at, _ in lips], np.float64)
    opening = np.array([mouth for _, mouth in lips], np.float64)
    if float(opening.std()) < _LEAST_OPENING:
        return None
    # Loudness as a share of its range: what lies 30 LU under speech is a pause, however quiet.
    share = np.clip((levels_db.astype(np.float64) - loudness_lufs + _RANGE_DB) / _RANGE_DB, 0, 1)
    heard: Signal = np.convolve(share, np.full(3, 1 / 3), "same").astype(np.float64)
    clock: Signal = (np.arange(len(heard), dtype=np.float64) + 0.5) * STEP_S
    shifts = np.arange(-FARTHEST_S, FARTHEST_S + 1e-9, STEP_S)
    scores = np.array([_agreement(times, opening, clock, heard, shift) for shift in shifts])
    best = int(scores.argmax())
    if scores[best] < _AGREE or scores[best] - float(np.median(scores)) < _STANDS_OUT or best in (0, len(scores) - 1):
        return None
    return float(shifts[best]) + STEP_S * _top(*scores[best - 1 : best + 2])


def _agreement(times: Signal, opening: Signal, clock: Signal, heard: Signal, shift: float) -> float:
    """Correlation of the opening with the sound that comes `shift` later."""
    there = (times + shift >= clock[0]) & (times + shift <= clock[-1])
    if np.count_nonzero(there) < len(times) // 2:
        return 0.0
    sound, mouth = np.interp(times[there] + shift, clock, heard), opening[there]
    spread = float(sound.std() * mouth.std())
    return float(((sound - sound.mean()) * (mouth - mouth.mean())).mean() / spread) if spread > 1e-9 else 0.0


def _top(before: float, best: float, after: float) -> float:
    """Where between three points a parabola has its top, −0.5 to 0.5."""
    bend = before - 2 * best + after
    return 0.5 * (before - after) / bend if bend else 0.0
