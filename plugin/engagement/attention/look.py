"""From 478 face landmarks to where a face points, how open its eyes are and where they look. Pure.

The same arithmetic as `static/js/attention/look.js`; tests hold both to the same vectors. Landmark numbers are those of
MediaPipe's face mesh with irises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot

Point = Sequence[float]
"""x and y in shares of the picture, z (depth, nearer is less) in the measure of x."""

_CHEEKS = (234, 454)
_BROW_AND_CHIN = (10, 152)
_LIDS = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
"""Of each eye: a corner, two points of the upper lid, the other corner, two of the lower."""
_IRISES = ((33, 133, 468), (362, 263, 473))
"""Of each eye: its corners from left to right as the picture shows them, and the iris's middle."""


@dataclass(frozen=True, slots=True)
class Look:
    """One face in one picture."""

    yaw: float
    """Degrees around the upright axis."""
    pitch: float
    """Degrees up or down."""
    eyes: float
    """Eye aspect ratio: height of the opening by its width, the mean of both eyes."""
    gaze: float
    """Where the irises stand between the corners: 0 left, 1 right, the mean of both eyes."""
    size: float
    """Height of the face in shares of the picture's."""


def look_of(points: Sequence[Point], width: int, height: int) -> Look:
    """The look of a face in a picture of that many pixels."""
    placed = [(x * width, y * height, z * width) for x, y, z in points]

    def apart(one: int, other: int) -> float:
        return hypot(placed[other][0] - placed[one][0], placed[other][1] - placed[one][1])

    def tilt(one: int, other: int) -> float:
        # By lengths, not by axes, so that a head held askew changes nothing.
        return degrees(atan2(placed[other][2] - placed[one][2], apart(one, other)))

    def opening(lid: tuple[int, ...]) -> float:
        return (apart(lid[1], lid[5]) + apart(lid[2], lid[4])) / (2 * apart(lid[0], lid[3]))

    def along(left: int, right: int, iris: int) -> float:
        x, y = placed[right][0] - placed[left][0], placed[right][1] - placed[left][1]
        return ((placed[iris][0] - placed[left][0]) * x + (placed[iris][1] - placed[left][1]) * y) / (x * x + y * y)

    return Look(
        yaw=tilt(*_CHEEKS),
        pitch=tilt(*_BROW_AND_CHIN),
        eyes=sum(opening(lid) for lid in _LIDS) / 2,
        gaze=sum(along(*iris) for iris in _IRISES) / 2,
        size=apart(*_BROW_AND_CHIN) / height,
    )
