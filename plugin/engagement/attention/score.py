"""How much one face in one picture faces the screen, against how it did at first. Pure.

The same arithmetic as `static/js/attention/score.js`; tests hold both to the same vectors. It says 'facing the screen'
and nothing else of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from plugin.engagement.attention.look import Look

YAW = (20.0, 40.0)
PITCH = (15.0, 30.0)
GAZE = (0.12, 0.25)
GAZE_YAW = 15.0
"""Beyond it an eye is seen too much from the side for its iris to tell anything."""
SHUT = 0.5
SHUT_MS = 400
"""Eyes closed for less than this blink."""
DARK = 25.0
"""Mean light of a picture, 0 to 255, below which nothing is said."""
SMALL = 0.15
"""Height of a face in shares of the picture's, below which nothing is said."""
_FURTHEST = 35.0
_LEAST_OPEN = 0.12


@dataclass(frozen=True, slots=True)
class Norm:
    """How a person sits before the screen: the medians of their first seconds."""

    yaw: float
    pitch: float
    eyes: float
    gaze: float

    @property
    def is_plausible(self) -> bool:
        """False for someone who looked away, or had their eyes shut, while it was learnt."""
        return max(abs(self.yaw), abs(self.pitch)) <= _FURTHEST and self.eyes >= _LEAST_OPEN


def norm_of(looks: Sequence[Look]) -> Norm:
    """The medians of these looks."""
    return Norm(
        yaw=median(look.yaw for look in looks),
        pitch=median(look.pitch for look in looks),
        eyes=median(look.eyes for look in looks),
        gaze=median(look.gaze for look in looks),
    )


def ramp(value: float, start: float, end: float) -> float:
    """1 up to `start`, 0 from `end` on, straight between."""
    return min(1.0, max(0.0, (end - value) / (end - start)))


def openness(look: Look, norm: Norm) -> float:
    """How far the eyes are open: 1 from 70 % of what is usual for this person, 0 below 40 %."""
    return min(1.0, max(0.0, (look.eyes / norm.eyes - 0.40) / 0.30))


def frame_score(look: Look | None, norm: Norm, shut_ms: float) -> float:
    """0 to 1; `look` None is a picture without a face, `shut_ms` how long the eyes have been closed."""
    if look is None:
        return 0.0
    off = abs(look.yaw - norm.yaw)
    pose = ramp(off, *YAW) * ramp(abs(look.pitch - norm.pitch), *PITCH)
    eyes = openness(look, norm) if shut_ms >= SHUT_MS else 1.0
    gaze = 0.6 + 0.4 * ramp(abs(look.gaze - norm.gaze), *GAZE) if off <= GAZE_YAW else 1.0
    return pose * eyes * gaze
