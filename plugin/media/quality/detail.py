"""How much detail a picture holds: blur, enlargement and combed fields, from a few looks a second. Pure."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.frames import Luma, Picture
from plugin.media.quality.report import Finding, found
from plugin.media.quality.thresholds import COMB_BLOCK, COMB_LEVEL, COMB_PIXELS, LOOKS_A_SECOND

_CONTENT = 4.0
"""Levels of contrast a picture needs before its sharpness means anything."""
_MOVING = 0.5
"""Levels by which a quarter must change on average between two looks before fields could be told apart in it."""
_EDGES = 200
"""Pixels of edge that are needed to judge detail by."""
_SHARES = ((0.5, 0.10), (1 / 3, 0.15))
"""Share of the lines, and what an edge loses at least when a picture that fills more is brought there and back."""
_REBLUR = 9
_COMB = np.array([[1], [-3], [4], [-3], [1]], np.float32)
_ISOTROPY = 4
"""Fields comb up and down only; texture does so sideways as well."""


class Detail:
    """Takes a look twice a second and says at the end how sharp the sharpest of them was."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._before: Luma | None = None
        self._blur: list[float] = []
        self._detail: list[float] = []
        self._combed: list[tuple[float, bool]] = []

    def add(self, picture: Picture) -> None:
        """The next picture; most are passed over."""
        if picture.at_s < self._next_s - 1e-6:
            # Fields are told apart between this picture and the one before, so that one is kept.
            self._before = picture.small
            return
        self._next_s = picture.at_s + 1 / LOOKS_A_SECOND
        self._look(picture)
        self._before = picture.small

    def _look(self, picture: Picture) -> None:
        small, before = picture.small, self._before
        if float(small.std()) < _CONTENT:
            return
        self._blur.append(blur(small))
        # A quarter at a time, by turns: the sharpest decides, and a look stays cheap.
        if (share := detail(_part(picture.luma, len(self._blur) % 4))) is not None:
            self._detail.append(share)
        # Fields mixed up stay so for long: every other look will do.
        if before is None or before.shape != small.shape or picture.frame.interlaced_frame or len(self._blur) % 2:
            return
        change: Any = cv2.absdiff(small, before)
        if float(_quarter(change, change).mean()) >= _MOVING:
            self._combed.append((picture.at_s, combed(_quarter(picture.luma, change))))

    @property
    def measured(self) -> dict[str, float]:
        """The sharpest moment's figures: `blur`, 0 to 1, and `upscaled`, the share of lines with detail."""
        figures = {"blur": min(self._blur, default=None), "upscaled": max(self._detail, default=None)}
        return {kind: round(value, 3) for kind, value in figures.items() if value is not None}

    def findings(self, height: int, *, in_source: bool = False) -> list[Finding]:
        """What is past a limit; of a source only what its clip no longer shows."""
        return [
            *_interlace(self._combed, in_source),
            *([] if in_source else _blurred(self.measured)),
            *([] if in_source else _enlarged(self.measured, height)),
        ]


def blur(luma: Luma) -> float:
    """Perceptual blur, 0 to 1 (Crété et al. 2007): how little a picture changes when it is blurred once more."""
    picture = luma.astype(np.float32)
    return max(_blur_along(picture, axis) for axis in (0, 1))


def _blur_along(picture: NDArray[np.float32], axis: int) -> float:
    softer = cv2.blur(picture, (1, _REBLUR + 2) if axis == 0 else (_REBLUR + 2, 1))
    steps, soft_steps = np.abs(np.diff(picture, axis=axis)), np.abs(np.diff(softer, axis=axis))
    total = float(steps.sum())
    return 1.0 - float(np.maximum(0, steps - soft_steps).sum()) / total if total else 0.0


def detail(luma: Luma) -> float | None:
    """The share of its lines the picture needs for its edges: 1.0, or the half or third it could be enlarged from."""
    across = cv2.absdiff(luma[:, 2:], luma[:, :-2])[1:-1]
    steep: Any = np.maximum(across, cv2.absdiff(luma[2:], luma[:-2])[:, 1:-1])
    edges = steep >= max(20, np.quantile(steep[::4, ::4], 0.98))
    if np.count_nonzero(edges) < _EDGES:
        return None
    height, width = luma.shape
    slope, needed = float(steep[edges].mean()), 1.0
    for share, least in _SHARES:
        less = cv2.resize(luma, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
        lost = cv2.absdiff(luma, cv2.resize(less, (width, height), interpolation=cv2.INTER_CUBIC))[1:-1, 1:-1]
        if float(lost[edges].mean()) / slope >= least:
            break
        needed = share
    return needed


def combed(luma: Luma) -> bool:
    """Whether two fields of different moments stand in it (as FFmpeg's `fieldmatch` decides)."""
    if not (up_and_down := _combs(luma)).any():
        return False
    blocks = cv2.boxFilter(up_and_down, -1, (COMB_BLOCK, COMB_BLOCK), normalize=False, borderType=cv2.BORDER_CONSTANT)
    if float(blocks.max()) <= COMB_PIXELS:
        return False
    sideways = _combs(np.ascontiguousarray(luma.T))
    return float(up_and_down.sum()) > _ISOTROPY * float(sideways.sum())


def _combs(luma: Luma) -> NDArray[np.float32]:
    """1 where a pixel stands out from the rows above and below, which agree with each other."""
    rows = luma.astype(np.int16)
    above, below = rows[2:-2] - rows[1:-3], rows[2:-2] - rows[3:-1]
    apart = ((above > COMB_LEVEL) & (below > COMB_LEVEL)) | ((above < -COMB_LEVEL) & (below < -COMB_LEVEL))
    combs: Any = np.abs(cv2.filter2D(luma, cv2.CV_16S, _COMB)[2:-2]) > 6 * COMB_LEVEL
    return np.asarray(apart & combs, np.float32)


def _quarter(luma: Luma, guide: Luma) -> Luma:
    """The quarter of the picture in which its guide is brightest."""
    return _part(luma, max(range(4), key=lambda number: float(_part(guide, number).mean())))


def _part(luma: Luma, number: int) -> Luma:
    """One of four quarters."""
    height, width = luma.shape[0] // 2, luma.shape[1] // 2
    row, column = divmod(number, 2)
    return luma[row * height : (row + 1) * height, column * width : (column + 1) * width]


def _interlace(combed: list[tuple[float, bool]], in_source: bool) -> list[Finding]:
    if not combed:
        return []
    times = [at_s for at_s, is_combed in combed if is_combed]
    share = len(times) / len(combed)
    text = f"Two fields show at once in {share:.0%} of the moving pictures: deinterlace it where it was exported."
    return found("interlace", share, text, times[0] if times else None, in_source=in_source)


def _blurred(measured: dict[str, float]) -> list[Finding]:
    value = measured.get("blur")
    if value is None:
        return []
    return found("blur", value, f"Blurred from beginning to end ({value:.2f}): is it meant to be?")


def _enlarged(measured: dict[str, float], height: int) -> list[Finding]:
    share = measured.get("upscaled")
    if share is None:
        return []
    text = f"It has {height} lines but detail for {round(height * share)}: enlarged, or out of focus?"
    return found("upscaled", share, text)
