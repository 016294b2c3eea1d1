"""Changes of brightness that come too fast: WCAG's general flash, counted place by place and over joints. Pure."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections import deque
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.frames import Picture, halved
from plugin.media.quality.report import CELLS, PARTS, Finding, found
from plugin.media.quality.thresholds import FLASH_AREA, FLASH_CHANGE, FLASH_DARKER, FLASH_FIELD

WINDOW_S = 1.0
_EPSILON_S = 1e-6

Light = NDArray[np.float32]
Mask = NDArray[np.bool_]
Counts = NDArray[np.uint8]


class Flashes:
    """Follows the light of every cell from turning point to turning point.

    A cell is a degree of view, so that fine patterns even out, as WCAG has it.
    """

    def __init__(self) -> None:
        shape = CELLS[::-1]
        self._low: Light | None = None
        self._high = self._way = np.zeros(shape, np.float32)
        self._recent: deque[tuple[float, Mask]] = deque()
        self._count = np.zeros(shape, np.uint8)
        self._head = np.zeros((PARTS, *shape), np.uint8)
        self._most, self._from_s, self._to_s = 0, 0.0, 0.0

    def add(self, picture: Picture) -> None:
        """The next picture."""
        cells: Any = cv2.resize(halved(halved(picture.small)), CELLS, interpolation=cv2.INTER_AREA)
        changed = self._turned(_light(picture.black, picture.white)[cells])
        at_s = picture.at_s
        while self._recent and at_s - self._recent[0][0] >= WINDOW_S - _EPSILON_S:
            self._count -= self._recent.popleft()[1]
        if not changed.any():
            return
        self._recent.append((at_s, changed))
        self._count += changed
        if at_s < WINDOW_S:
            self._head[int(at_s / WINDOW_S * PARTS)] += changed
        if (most := most_in_place(self._count, self._most)) > self._most:
            self._most, self._from_s, self._to_s = most, self._recent[0][0], at_s

    def _turned(self, light: Light) -> Mask:
        """Where light has just gone up after it went down, or down after up, by enough."""
        if self._low is None:
            self._low, self._high = light.copy(), light.copy()
        up = (light - self._low >= FLASH_CHANGE) & (self._low < FLASH_DARKER) & (self._way <= 0)
        down = (self._high - light >= FLASH_CHANGE) & (light < FLASH_DARKER) & (self._way >= 0)
        self._high = np.where(self._way < 0, self._high, np.maximum(self._high, light))
        self._low = np.where(self._way > 0, self._low, np.minimum(self._low, light))
        self._high[up], self._low[down] = light[up], light[down]
        self._way = np.where(up, 1, np.where(down, -1, self._way)).astype(np.float32)
        return up | down

    def findings(self) -> list[Finding]:
        """The worst second, when it has too many."""
        text = f"It flashes: {self._most} changes of brightness, {self._most / 2:g} flashes, within a second."
        return found("flash", self._most, text, self._from_s, self._to_s)

    def head(self) -> str:
        """How often each cell changed in each fifth of the first second, packed; empty when none did."""
        return _packed(self._head)

    def tail(self, end_s: float) -> str:
        """The same of the last second, the last fifth first."""
        counts = np.zeros_like(self._head)
        for at_s, changed in self._recent:
            if 0 <= (part := int((end_s - at_s - _EPSILON_S) / WINDOW_S * PARTS)) < PARTS:
                counts[part] += changed
        return _packed(counts)


def over_joint(tail: str, head: str, before: Light, after: Light) -> int:
    """The most changes in one place within a second laid over a joint, the joint itself among them."""
    ends, begins = _unpacked(tail), _unpacked(head)
    joint = np.zeros(CELLS[::-1], np.uint8)
    for dark, bright in ((before, after), (after, before)):
        joint |= ((bright - dark >= FLASH_CHANGE) & (dark < FLASH_DARKER)).astype(np.uint8)
    return max(
        most_in_place(ends[:part].sum(0, np.uint8) + joint + begins[: PARTS - part].sum(0, np.uint8))
        for part in range(PARTS + 1)
    )


def most_in_place(count: Counts, known: int = 0) -> int:
    """The most changes that a quarter of some field of 10° has in each of its cells; `known` if not more."""
    most = known
    while most < int(count.max()) and _large(count > most):
        most += 1
    return most


def relative_luminance(red_green_blue: NDArray[np.uint8]) -> Light:
    """WCAG 2.2: of sRGB cells, 0 to 1."""
    linear = _srgb((red_green_blue / np.float32(255)).astype(np.float32))
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722], np.float32))


def _large(changed: Mask) -> bool:
    """Whether it fills a quarter of any field of 10°."""
    size = (round(FLASH_FIELD[0] * CELLS[0]), round(FLASH_FIELD[1] * CELLS[1]))
    if np.count_nonzero(changed) < FLASH_AREA * size[0] * size[1]:
        return False
    near = cv2.boxFilter(changed.astype(np.float32), -1, size, borderType=cv2.BORDER_CONSTANT)
    return float(near.max()) >= FLASH_AREA


def _packed(counts: Counts) -> str:
    return b64encode(zlib.compress(counts.tobytes(), 9)).decode() if counts.any() else ""


def _unpacked(packed: str) -> Counts:
    shape = (PARTS, *CELLS[::-1])
    if not packed:
        return np.zeros(shape, np.uint8)
    size = PARTS * CELLS[0] * CELLS[1]
    return np.frombuffer(zlib.decompressobj().decompress(b64decode(packed), size), np.uint8).reshape(shape)


@lru_cache(4)
def _light(black: int, white: int) -> Light:
    """Relative luminance of each level of brightness, taken as grey."""
    levels: Any = np.clip((np.arange(256) - black) / (white - black), 0, 1)
    return _srgb(levels.astype(np.float32))


def _srgb(value: Light) -> Light:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
