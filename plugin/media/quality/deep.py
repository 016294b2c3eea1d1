"""A closer look at what the cheap pass flagged: every pixel of it, and pictures of it to show."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.probe import SourceFacts
from plugin.media.quality.detail import blur
from plugin.media.quality.frames import Luma, Picture, pictures, upright
from plugin.media.quality.report import Finding, Frame, Verdict, found
from plugin.media.quality.stills import Spans, is_black, is_still
from plugin.media.quality.thresholds import BLACK_PIXEL, CHECKS, LOOKS_A_SECOND
from plugin.media.timeline import FRAME_RATE

MOST_FRAMES = 40
_SHOWN_WIDTH = 480
_TILES = 3
_SHARP = 0.1
"""By how much a tile has to be sharper than the limit to be in focus."""
_SPOTS = (71, 40)
_UNSEEN = {"resolution", "loudness", "true_peak", "clipping", "silence"}
_LIT = 0.35
"""How bright a spot has to be to be seen in the dark."""


def deep_pass(
    path: Path,
    facts: SourceFacts,
    findings: Sequence[Finding],
    duration_s: float,
    *,
    packaged: bool,
    show: bool,
    progress: Callable[[float], None] = lambda done: None,
) -> tuple[tuple[Finding, ...], tuple[Frame, ...]]:
    """The findings that stand, with sharper bounds; and, when asked to `show`, a picture of each.

    Decodes only as far as the last of them.
    """
    looks = [_LOOKS.get(finding.kind, _Unchanged)(finding) for finding in findings]
    seen = [finding for finding in findings if finding.kind not in _UNSEEN]
    wanted = sorted({_moment(finding, duration_s) for finding in seen})[:MOST_FRAMES] if show else []
    end_s = max([*(look.until_s(duration_s) for look in looks), *wanted], default=-1.0)
    frames: list[Frame] = []
    waiting = list(wanted)
    if end_s >= 0:
        for number, picture in enumerate(pictures(path, facts, counted=packaged)):
            if picture.at_s > end_s + 1 / FRAME_RATE:
                break
            for look in looks:
                look.add(picture)
            while waiting and picture.at_s >= waiting[0] - 0.5 / FRAME_RATE:
                frames.append(Frame(at_s=round(waiting.pop(0), 3), image=_shown(picture.frame, facts.turn)))
            if number % FRAME_RATE == 0:
                progress(min(0.99, picture.at_s / max(end_s, 0.04)))
    stand = tuple(finding for look in looks for finding in look.standing())
    return stand, tuple(frames)


def frame_of(finding: Finding, frames: Sequence[Frame], duration_s: float) -> Frame | None:
    """The picture that shows it; None for what no picture shows."""
    if finding.kind in _UNSEEN:
        return None
    at_s = _moment(finding, duration_s)
    return min(frames, key=lambda frame: abs(frame.at_s - at_s), default=None)


def _moment(finding: Finding, duration_s: float) -> float:
    """The moment that shows a finding best: its middle; of the whole clip, two fifths in, as its poster."""
    last_s = max(0.0, duration_s - 1.5 / FRAME_RATE)
    if finding.start_s is None:
        return round(min(0.4 * duration_s, last_s), 2)
    end_s = finding.start_s if finding.end_s is None else finding.end_s
    return round(min((finding.start_s + end_s) / 2, last_s), 2)


@dataclass
class _Unchanged:
    """Of what a closer look can't change."""

    finding: Finding

    def until_s(self, duration_s: float) -> float:
        """How far the look has to go; −1: nowhere."""
        return -1.0

    def add(self, picture: Picture) -> None:
        """The next picture."""

    def standing(self) -> list[Finding]:
        """What is left of the finding."""
        return [self.finding]


@dataclass
class _Span(_Unchanged):
    """Of something that lasts from one moment to another."""

    def until_s(self, duration_s: float) -> float:
        return duration_s if self.finding.end_s is None else self.finding.end_s

    def covers(self, at_s: float) -> bool:
        """Whether the moment lies within."""
        start_s, end_s = self.finding.start_s or 0.0, self.finding.end_s
        return start_s - 1e-3 <= at_s and (end_s is None or at_s < end_s - 1e-3)


@dataclass
class _Black(_Span):
    """Nothing but black, or a title in the dark?"""

    pictures: int = 0
    dark: int = 0
    lit: int = 0

    def add(self, picture: Picture) -> None:
        if not self.covers(picture.at_s):
            return
        self.pictures += 1
        self.dark += is_black(picture.luma, picture.black, picture.white)
        spots = cv2.resize(picture.luma, _SPOTS, interpolation=cv2.INTER_AREA)
        level = picture.black + max(_LIT, BLACK_PIXEL) * (picture.white - picture.black)
        self.lit += float(spots.max()) > level

    def standing(self) -> list[Finding]:
        if self.pictures and self.dark < self.pictures / 2:
            return []
        if self.pictures and self.lit > self.pictures / 2:
            text = self.finding.text.rstrip(".") + ", but for something small and bright."
            return [self.finding.model_copy(update={"verdict": Verdict.LOOK, "text": text})]
        return [self.finding]


@dataclass
class _Still(_Span):
    """Does really nothing move, at full size?"""

    spans: Spans = field(default_factory=Spans)
    held: Luma | None = None
    held_s: float = 0.0

    def add(self, picture: Picture) -> None:
        if not self.covers(picture.at_s):
            return
        still = self.held is not None and is_still(self.held, picture.luma)
        self.spans.add(picture.at_s, still, self.held_s)
        if not still:
            self.held, self.held_s = picture.luma, picture.at_s

    def standing(self) -> list[Finding]:
        self.spans.end(self.finding.end_s or self.held_s)
        self.held = None
        out = []
        for start_s, end_s in self.spans.spans:
            text = f"The picture stands still for {end_s - start_s:.2f} s."
            out += found(self.finding.kind, end_s - start_s, text, start_s, end_s)
        return out


@dataclass
class _Blur(_Span):
    """Blurred everywhere, or sharp where one is to look?"""

    next_s: float = 0.0
    sharpest: float = 1.0

    def add(self, picture: Picture) -> None:
        if picture.at_s >= self.next_s - 1e-6:
            self.next_s = picture.at_s + 1 / LOOKS_A_SECOND
            self.sharpest = min([self.sharpest, *map(blur, _tiles(picture.small))])

    def standing(self) -> list[Finding]:
        limit = CHECKS["blur"].look or 1.0
        return [] if self.sharpest < limit - _SHARP else [self.finding]


_LOOKS: dict[str, type[_Unchanged]] = {
    "black": _Black,
    "freeze": _Still,
    "presenter_still": _Still,
    "blur": _Blur,
}


def _tiles(small: Luma) -> list[Luma]:
    """Those of nine parts of a picture that hold as much contrast as the whole does on average."""
    height, width = small.shape[0] // _TILES, small.shape[1] // _TILES
    parts = [
        small[row * height : (row + 1) * height, column * width : (column + 1) * width]
        for row in range(_TILES)
        for column in range(_TILES)
    ]
    typical = float(np.mean([part.std() for part in parts]))
    return [part for part in parts if float(part.std()) >= typical]


def _shown(frame: Any, turn: str) -> str:
    """A picture as a `data:` address, small enough that a report of dozens can be mailed."""
    width = min(_SHOWN_WIDTH, frame.width // 2 * 2)
    height = max(2, round(frame.height * width / frame.width / 2) * 2)
    image: NDArray[np.uint8] = frame.to_ndarray(format="bgr24", width=width, height=height, interpolation="AREA")
    done, jpeg = cv2.imencode(".jpg", upright(image, turn), [cv2.IMWRITE_JPEG_QUALITY, 72])
    return "data:image/jpeg;base64," + b64encode(jpeg.tobytes()).decode() if done else ""
