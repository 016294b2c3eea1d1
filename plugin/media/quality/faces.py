"""The largest face in a picture: where it is, where it points, how open its mouth is. Loaded when first asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import asin, atan2, degrees, hypot
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.kernel.errors import SegueError

MODEL = Path(__file__).resolve().parents[3] / "static" / "vendor" / "mediapipe" / "face_landmarker.task"
"""A file of the checkout, as all of `static/` is; its README tells where it is from."""
_LONGEST = 960
_MARGIN = 0.2
"""Of the picture, added around it: a face its edge cuts would else not be found at all."""
_GREY = (128, 128, 128)
_LIPS, _CORNERS = (13, 14), (78, 308)

_WHOLE = (0.0, 0.0, 1.0, 1.0)

Rgb = NDArray[np.uint8]
Part = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a picture, in shares of it."""


class FacesUnavailable(SegueError):
    """Faces can't be looked for here; the text says why."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face, in shares of the picture; what lies outside is cut off by the edge."""

    left: float
    top: float
    right: float
    bottom: float
    yaw: float
    pitch: float
    """Degrees turned to the side, and up or down, as the model sees them: it sees 40° as 25°."""
    mouth: float
    """Height of the opening by the mouth's width."""

    @property
    def area(self) -> float:
        """Share of the picture."""
        return (self.right - self.left) * (self.bottom - self.top)


class Faces:
    """MediaPipe's face landmarker on still pictures; use it as a context, for it holds memory outside Python's."""

    def __init__(self) -> None:
        self._landmarker: Any = None
        self._last: Part = _WHOLE

    def __enter__(self) -> Faces:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None

    def largest(self, picture: Rgb, *, thorough: bool = True) -> Face | None:
        """The largest face, or None. Raises `FacesUnavailable` when there is no way to look.

        Unless `thorough`, only where the last one was: that will do from one picture to the next.
        """
        for part in dict.fromkeys([self._last, *(_parts(picture) if thorough else ())]):
            if found := self._within(picture, part):
                self._last = part
                return max(found, key=lambda face: face.area)
        return None

    def _within(self, picture: Rgb, part: Part) -> list[Face]:
        height, width = picture.shape[:2]
        left, top, right, bottom = part
        cut = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
        scale = min(1.0, _LONGEST / max(cut.shape[:2]))
        small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else cut
        down, across = round(_MARGIN * small.shape[0]), round(_MARGIN * small.shape[1])
        # Only beyond the picture's own edges: within it, what lies around would make a face still smaller.
        above, below = down * (top <= 0), down * (bottom >= 1)
        before, behind = across * (left <= 0), across * (right >= 1)
        framed = cv2.copyMakeBorder(small, above, below, before, behind, cv2.BORDER_CONSTANT, value=_GREY)
        seen = self._look(np.ascontiguousarray(framed))
        # From shares of the framed part to shares of the picture.
        zoom = np.array(framed.shape[1::-1]) / small.shape[1::-1] * (right - left, bottom - top)
        move = np.array((left, top)) - np.array((before, above)) / small.shape[1::-1] * (right - left, bottom - top)
        return [
            _face(move + zoom * np.array([(point.x, point.y) for point in points]), matrix, picture)
            for points, matrix in zip(seen.face_landmarks, seen.facial_transformation_matrixes, strict=True)
        ]

    def _look(self, picture: NDArray[Any]) -> Any:
        if self._landmarker is None:
            self._landmarker = _landmarker()
            with _quiet():
                return self._landmarker.detect(_image(picture))
        return self._landmarker.detect(_image(picture))


def _parts(picture: Rgb) -> Iterator[Part]:
    """Where to look, the whole first: the detector sees no face under an eighth of what it is shown."""
    yield _WHOLE
    shape = picture.shape[1] / picture.shape[0]
    for side, down in ((0.5, (0.0,)), (0.34, (0.0, 0.3))):
        width, height = (side, min(1.0, side * shape)) if shape > 1 else (min(1.0, side / shape), side)
        steps = round(2 * (1 - width) / width)
        for top in down:
            for step in range(steps + 1):
                left = (1 - width) * step / max(steps, 1)
                yield left, top, left + width, min(1.0, top + height)


def _face(points: NDArray[np.float64], matrix: Any, picture: Rgb) -> Face:
    turn = np.asarray(matrix)[:3, :3]
    pixels = points * picture.shape[1::-1]
    opening, width = (hypot(*(pixels[a] - pixels[b])) for a, b in (_LIPS, _CORNERS))
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Face(
        float(left),
        float(top),
        float(right),
        float(bottom),
        yaw=degrees(atan2(turn[0, 2], turn[2, 2])),
        pitch=degrees(asin(max(-1.0, min(1.0, -turn[1, 2])))),
        mouth=opening / width if width else 0.0,
    )


def _image(picture: NDArray[Any]) -> Any:
    from mediapipe import Image, ImageFormat

    return Image(image_format=ImageFormat.SRGB, data=picture)


def _landmarker() -> Any:
    if not MODEL.is_file():
        raise FacesUnavailable(f"the face model is missing: {MODEL.name} belongs into static/vendor/mediapipe")
    try:
        # Half a second to import, and of no use to whoever only serves pages.
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions

        options = FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(MODEL)),
            num_faces=4,
            output_facial_transformation_matrixes=True,
        )
        with _quiet():
            return FaceLandmarker.create_from_options(options)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise FacesUnavailable(f"the face model doesn't run here: {error}".replace("\n", " ")) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """The library writes of its inner life to the terminal, whatever it is told; hold its tongue."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
