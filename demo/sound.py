"""Small sounds that answer the picture, made of sines; they begin and end within a clip, so any clip may follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Samples = NDArray[np.float32]

_STEPS = {
    "D4": -7,
    "E4": -5,
    "G4": -2,
    "A4": 0,
    "B4": 2,
    "D5": 5,
    "E5": 7,
    "G5": 10,
    "A5": 12,
    "B5": 14,
    "D6": 17,
    "E6": 19,
}
NOTES = {name: 440.0 * 2 ** (step / 12) for name, step in _STEPS.items()}


def bell(note: str, loud: float, *, long_s: float = 1.4) -> Samples:
    """A soft struck bar: a sine, its fourth partial dying sooner, and a felt attack."""
    t = np.arange(round(long_s * RATE)) / RATE
    f = NOTES[note]
    tone = np.sin(2 * np.pi * f * t) * np.exp(-t * 4.2) + 0.22 * np.sin(2 * np.pi * 3.98 * f * t) * np.exp(-t * 13)
    attack = np.minimum(t / 0.006, 1)
    return (tone * attack * loud).astype(np.float32)


def place(mix: NDArray[np.float32], sound: Samples, at_s: float, *, side: float = 0.0) -> None:
    """Add a mono sound to a stereo mix (2, n) at a time, `side` from −1 (left) to 1; what lies outside is cut."""
    start = round(at_s * RATE)
    end = min(start + len(sound), mix.shape[1])
    if end <= start:
        return
    part = sound[: end - start]
    mix[0, start:end] += part * (1 - max(side, 0))
    mix[1, start:end] += part * (1 + min(side, 0))


def hits(name: str, cues: tuple[float, ...], length: float) -> list[tuple[float, str, float, float]]:
    """When which note sounds in a clip: time, note, loudness, side; the same times the pictures move at."""
    if name == "welcome":
        return [(0.12, "E5", 0.05, -0.2), (0.32, "B5", 0.045, 0.2)]
    if name == "status-gold":
        return [(0.55, "A4", 0.04, 0.4), (1.5, "E6", 0.02, 0.5), (1.62, "B5", 0.02, 0.3)]
    if name == "status-traveller":
        first, last = cues[0] + 0.3, cues[1] + 1.1
        scale = ("D4", "E4", "G4", "A4", "B4", "D5", "E5", "G5", "A5", "D6")
        return [
            (first + (last - first) / 9 * i, note, 0.022 if i < 9 else 0.045, -0.6 + 1.2 * i / 9)
            for i, note in enumerate(scale)
        ]
    if name.startswith("points"):
        start = [(0.7, "G4", 0.035, 0.3), (0.82, "D5", 0.03, 0.3)]
        return [*start, (cues[1] - 0.05, "B5", 0.03, -0.4)]
    if name.startswith("pricing"):
        return [(0.6, "A4", 0.04, 0.4), (cues[1], "E5", 0.03, -0.4), (cues[1] + 0.12, "A5", 0.025, -0.3)]
    if name == "booking":
        span = length - 1.05 - cues[1]
        at = [cues[1] + 0.05 + i * span * 0.29 for i in range(3)]
        return [(at[0], "E5", 0.03, -0.5), (at[1], "G5", 0.03, 0.0), (at[2], "B5", 0.03, 0.5)]
    return [(0.12, "B4", 0.045, -0.2), (cues[-1] + 1.4, "B5", 0.045, 0.0), (cues[-1] + 1.6, "E6", 0.04, 0.2)]
