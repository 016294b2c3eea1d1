"""What a clip is like at both ends: gathered while it is looked at, so that its joints are arithmetic."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.flashes import Flashes
from plugin.media.quality.frames import Picture
from plugin.media.quality.report import CELLS, Edge, Edges
from plugin.media.quality.stills import Spans, Stills

_SLACK_S = 0.05


class Ends:
    """Keeps the first and the last picture, small."""

    def __init__(self) -> None:
        self._first: str | None = None
        self._last: Any = None

    def add(self, picture: Picture) -> None:
        """The next picture."""
        if self._first is None:
            self._first = _cells(picture.frame)
        self._last = picture.frame

    def edges(
        self,
        duration_s: float,
        stills: Stills,
        flashes: Flashes,
        loudness: tuple[float | None, float | None],
    ) -> Edges | None:
        """Both ends; None without a picture."""
        if self._first is None:
            return None
        head = Edge(
            picture=self._first,
            black_s=_from_start(stills.black),
            still_s=_from_start(stills.still),
            loudness_lufs=loudness[0],
            changes=flashes.head(),
        )
        tail = Edge(
            picture=_cells(self._last),
            black_s=_to_end(stills.black, duration_s),
            still_s=_to_end(stills.still, duration_s),
            loudness_lufs=loudness[1],
            changes=flashes.tail(duration_s),
        )
        return Edges(head=head, tail=tail)


def cells_of(edge: Edge) -> NDArray[np.uint8]:
    """The edge's picture: rows × columns × red, green, blue."""
    return np.frombuffer(b64decode(edge.picture), np.uint8).reshape(CELLS[1], CELLS[0], 3)


def _cells(frame: Any) -> str:
    # Averaged, not sampled: one pixel of a title must not stand for its surroundings.
    image = frame.to_ndarray(format="rgb24", width=CELLS[0] * 8, height=CELLS[1] * 8, interpolation="AREA")
    return b64encode(np.asarray(cv2.resize(image, CELLS, interpolation=cv2.INTER_AREA)).tobytes()).decode()


def _from_start(spans: Spans) -> float:
    return next((round(end - start, 3) for start, end in spans.spans if start <= _SLACK_S), 0.0)


def _to_end(spans: Spans, duration_s: float) -> float:
    return next((round(end - start, 3) for start, end in spans.spans if end >= duration_s - _SLACK_S), 0.0)
