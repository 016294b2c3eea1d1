"""Whether the person a clip promises is there, whole, turned to the viewer, and speaks when they are heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.faces import Face, Faces, FacesUnavailable
from plugin.media.quality.frames import Picture, upright
from plugin.media.quality.lips import lip_findings
from plugin.media.quality.report import Finding, found
from plugin.media.quality.sound import STEP_S, Heard
from plugin.media.quality.thresholds import FACE_EDGE, FACE_PITCH, FACE_YAW, LOOKS_A_SECOND, SILENCE_DBFS
from plugin.media.timeline import FRAME_RATE

LIPS_S = 8.0
"""Lips are read in every other picture of so much: a look costs a picture's time, and syllables last longer."""
_LEAD_S = 0.5


@dataclass(frozen=True, slots=True)
class Glance:
    """One look: when, and whom it saw."""

    at_s: float
    face: Face | None


@dataclass
class Presenter:
    """Looks at a clip that promises somebody, twice a second and, while lips are read, at every other picture."""

    heard: Heard
    turn: str
    faces: Faces
    glances: list[Glance] = field(default_factory=list)
    lips: list[tuple[float, float]] = field(default_factory=list)
    unavailable: str = ""
    _next_s: float = 0.0
    _next_lips_s: float = 0.0

    def add(self, picture: Picture) -> None:
        """The next picture."""
        reading = self._reads_lips(picture.at_s)
        looking = picture.at_s >= self._next_s - 1e-6
        if self.unavailable or not (reading or looking):
            return
        try:
            face = self.faces.largest(rgb_of(picture.frame, self.turn), thorough=looking)
        except FacesUnavailable as error:
            self.unavailable = str(error)
            return
        if looking:
            self._next_s = picture.at_s + 1 / LOOKS_A_SECOND
            self.glances.append(Glance(picture.at_s, face))
        if reading and face is not None:
            self.lips.append((picture.at_s, face.mouth))

    def _reads_lips(self, at_s: float) -> bool:
        start_s = max(0.0, _first_sound_s(self.heard) - _LEAD_S)
        if not start_s <= at_s < start_s + LIPS_S or at_s < self._next_lips_s - 1e-6:
            return False
        self._next_lips_s = at_s + 2 / FRAME_RATE
        return True

    def findings(self, duration_s: float) -> list[Finding]:
        """What is past a limit; nothing when there was no way to look."""
        if not self.glances or self.unavailable:
            return []
        seen = [glance for glance in self.glances if glance.face is not None]
        return [
            *_absent(self.glances, seen, duration_s),
            *_cut(seen, duration_s),
            *_turned(seen, duration_s),
            *lip_findings(self.lips, self.heard.levels_db, self.heard.loudness_lufs),
        ]


def rgb_of(frame: Any, turn: str = "") -> NDArray[np.uint8]:
    """A picture in colour as it is shown, at most 960 wide."""
    scale = min(1.0, 960 / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    image: NDArray[np.uint8] = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    return upright(image, turn)


def _first_sound_s(heard: Heard) -> float:
    loud = np.flatnonzero(heard.levels_db >= SILENCE_DBFS)
    return float(loud[0]) * STEP_S if len(loud) else 0.0


def _absent(glances: list[Glance], seen: list[Glance], duration_s: float) -> list[Finding]:
    missing = [glance for glance in glances if glance.face is None]
    share = len(seen) / len(glances)
    text = f"The clip promises a presenter, and a face is seen in {share:.0%} of the looks."
    return found("presenter_absent", share, text, *_span(missing, duration_s))


def _cut(seen: list[Glance], duration_s: float) -> list[Finding]:
    cut = [glance for glance in seen if glance.face and is_cut(glance.face)]
    share = len(cut) / len(seen) if seen else 0.0
    return found(
        "presenter_cut",
        share,
        f"The picture's edge cuts the face in {share:.0%} of the looks.",
        *_span(cut, duration_s),
    )


def _turned(seen: list[Glance], duration_s: float) -> list[Finding]:
    away = [glance for glance in seen if glance.face and is_turned(glance.face)]
    share = len(away) / len(seen) if seen else 0.0
    return found(
        "presenter_turned", share, f"The face is turned away in {share:.0%} of the looks.", *_span(away, duration_s)
    )


def is_cut(face: Face) -> bool:
    """Whether its outline leaves the picture, or all but."""
    edge = FACE_EDGE
    return face.left < edge or face.top < edge or face.right > 1 - edge or face.bottom > 1 - edge


def is_turned(face: Face) -> bool:
    """Whether it isn't turned to the camera."""
    return abs(face.yaw) >= FACE_YAW or abs(face.pitch) >= FACE_PITCH


def _span(glances: list[Glance], duration_s: float) -> tuple[float | None, float | None]:
    if not glances:
        return None, None
    return glances[0].at_s, min(duration_s, glances[-1].at_s + 1 / LOOKS_A_SECOND)
