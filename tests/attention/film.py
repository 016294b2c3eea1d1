"""What a browser's fake camera shows: a face that does one thing after another, and when it does which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

FACES = Path(__file__).parent / "faces"
FPS = 10
Picture = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """A stretch of the film. `facing`: what is true of it; None: so dark that nothing may be said."""

    face: str
    seconds: float
    facing: bool | None


ACTS = (
    Act("front", 4.6, True),
    Act("yaw-65", 2.4, False),
    Act("rolled", 2.4, True),
    Act("nobody", 2.4, False),
    Act("closed", 3.0, False),
    Act("dark", 2.4, None),
    Act("cut-off", 2.4, False),
    Act("front", 2.4, True),
)


def face(name: str) -> Picture:
    """One of `faces/`, RGB, 240×320×3."""
    found = cv2.imread(str(FACES / f"{name}.jpg"))
    assert found is not None, name
    return cv2.cvtColor(found, cv2.COLOR_BGR2RGB)


def jpeg(name: str) -> bytes:
    return (FACES / f"{name}.jpg").read_bytes()


def write_film(path: Path, acts: Sequence[Act] = ACTS) -> Path:
    """A y4m of 320×240 at ten pictures a second, with the unrest of a real camera; repeated by who plays it."""
    chance = np.random.default_rng(2026)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W320 H240 F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for act in acts:
            picture = face(act.face).astype(np.int16)
            for _ in range(round(act.seconds * FPS)):
                moved = np.roll(picture, tuple(chance.integers(-1, 2, 2)), (0, 1))
                # What a lens sees in the dark is noise as well, but little of it.
                grain = chance.normal(0, 2.0 if act.facing is not None else 0.7, picture.shape)
                shown = np.clip(moved + grain, 0, 255).astype(np.uint8)
                file.write(b"FRAME\n" + cv2.cvtColor(shown, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


def truth(start: float, end: float, acts: Sequence[Act] = ACTS, margin_s: float = 0.35) -> Act | None:
    """The act in which all lies that was filmed from `start` to `end`, in seconds; None: between two."""
    begin = 0.0
    for act in acts:
        if begin + margin_s <= start and end <= begin + act.seconds + margin_s / 2:
            return act
        begin += act.seconds
    return None
