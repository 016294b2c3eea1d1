"""Pictures in which nothing is, or nothing moves: black, freeze, bars at the edges. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.frames import Luma, Picture
from plugin.media.quality.report import Finding, found
from plugin.media.quality.thresholds import BAR_LEVEL, BLACK_PICTURE, BLACK_PIXEL, STILL, STILL_SPOT

_SPOTS = 40
"""Down the height; a spot is as wide as high."""
_EDGE_LINES = 4
_THIN = 0.01
"""A bar on one side that is thinner is an edge, not a bar."""


@dataclass(slots=True)
class Spans:
    """Where something holds without a break."""

    spans: list[tuple[float, float]] = field(default_factory=list)
    since_s: float | None = None

    def add(self, at_s: float, holds: bool, from_s: float | None = None) -> None:
        """At this moment it does or doesn't; `from_s`: it has held since."""
        if holds and self.since_s is None:
            self.since_s = at_s if from_s is None else from_s
        elif not holds and self.since_s is not None:
            self.spans.append((self.since_s, at_s))
            self.since_s = None

    def end(self, at_s: float) -> None:
        """Nothing comes after this."""
        self.add(at_s, False)


class Stills:
    """Follows black, stillness and bars through the pictures of one clip."""

    def __init__(self) -> None:
        self.black, self.still = Spans(), Spans()
        self._held: Luma | None = None
        self._held_s = 0.0
        self._brightest: Luma | None = None

    def add(self, picture: Picture) -> None:
        """The next picture."""
        small = picture.small
        self.black.add(picture.at_s, is_black(small, picture.black, picture.white))
        if self._held is None or self._brightest is None:
            self._held, self._held_s, self._brightest = small, picture.at_s, small.copy()
            return
        cv2.max(self._brightest, small, dst=self._brightest)
        still = is_still(self._held, small)
        self.still.add(picture.at_s, still, self._held_s)
        if not still:
            self._held, self._held_s = small, picture.at_s

    def end(self, at_s: float) -> None:
        """The clip ends."""
        self.black.end(at_s)
        self.still.end(at_s)

    def findings(self, *, presenter: bool) -> list[Finding]:
        """What is past a limit."""
        out = []
        for start_s, end_s in self.black.spans:
            text = f"Nothing but black for {end_s - start_s:.2f} s."
            out += found("black", end_s - start_s, text, start_s, end_s)
        for start_s, end_s in self.still.spans:
            # A black picture stands still too; once is enough.
            if any(a <= start_s + 0.1 and end_s <= b + 0.1 for a, b in self.black.spans):
                continue
            text = f"The picture stands still for {end_s - start_s:.2f} s."
            kind = "presenter_still" if presenter else "freeze"
            out += found(kind, end_s - start_s, text, start_s, end_s)
        return out + self._letterbox()

    def _letterbox(self) -> list[Finding]:
        brightest = self._brightest
        if brightest is None or int(brightest.max()) <= BAR_LEVEL:
            return []
        sides = {"above and below": _bars(brightest), "left and right": _bars(brightest.T)}
        where, share = max(sides.items(), key=lambda side: side[1])
        return found("letterbox", share, f"Black bars {where} take {share:.0%} of the picture.")


def is_black(luma: Luma, black: int, white: int) -> bool:
    """Whether nearly all of it is nearly black."""
    limit = black + BLACK_PIXEL * (white - black)
    bright = cv2.countNonZero(cv2.threshold(luma, limit, 255, cv2.THRESH_BINARY)[1])
    return bright <= (1 - BLACK_PICTURE) * luma.size


def is_still(held: Luma, luma: Luma) -> bool:
    """Whether nothing moved since then, neither on the whole nor in one spot."""
    if held.shape != luma.shape or cv2.norm(held, luma, cv2.NORM_L1) > STILL * 255 * luma.size:
        return False
    size = (_SPOTS * luma.shape[1] // luma.shape[0], _SPOTS)
    spots = cv2.resize(cv2.absdiff(held, luma), size, interpolation=cv2.INTER_AREA)
    return float(spots.max()) <= STILL_SPOT * 255


def _bars(brightest: Luma) -> float:
    """The share of its height that two bars take, from the brightest each pixel ever was; 0 without both."""
    dark = brightest.max(axis=1) <= BAR_LEVEL
    lit = np.median(brightest, axis=1) > BAR_LEVEL
    # Between bar and picture there is an edge: what merely fades into the dark is a dark picture.
    first, last = _to_light(dark, lit), _to_light(dark[::-1], lit[::-1])
    return (first + last) / len(dark) if min(first, last) >= _THIN * len(dark) else 0.0


def _to_light(dark: NDArray[np.bool_], lit: NDArray[np.bool_]) -> int:
    """How many lines are dark before light begins, within a few; 0 when it comes slowly."""
    count = int(np.argmin(dark)) if not dark.all() else 0
    return count if lit[count : count + _EDGE_LINES].any() else 0
