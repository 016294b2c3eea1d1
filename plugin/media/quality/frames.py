"""Pictures as the checks want them: brightness as the file holds it, made small without a copy more than needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.kernel.errors import BadInput
from plugin.media.contract import MAX_FPS, MAX_HOLD_S, MAX_SECONDS, MAX_WORK
from plugin.media.probe import SourceFacts, check_size, decoded, picture_stream, reading, refuse_cut
from plugin.media.timeline import FRAME_RATE

Luma = NDArray[np.uint8]
_SMALL_LINES = 400
"""Pictures are halved until they have no more lines: OpenCV halves at the speed of memory."""
_MOST_FPS = 60
"""Faster films are looked at this often; what a recipient gets has 25."""
_FULL_RANGE = 2
"""AVCOL_RANGE_JPEG."""
_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray", "gray8"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture and when it is shown."""

    at_s: float
    luma: Luma
    small: Luma
    """The same, halved to 400 lines at most."""
    black: int
    white: int
    """What brightness 0 and 1 are in it: 16 and 235, or 0 and 255."""
    frame: Any


def luma_of(frame: Any) -> Luma:
    """The picture's brightness, eight bits a pixel: a view of the decoder's own memory where that will do."""
    if frame.format.name not in _PLANAR:
        frame = frame.reformat(format="yuv420p")
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


def smaller(luma: Luma) -> Luma:
    """Halved until it has 400 lines or fewer."""
    while luma.shape[0] > _SMALL_LINES:
        luma = halved(luma)
    return luma


def halved(luma: Luma) -> Luma:
    """Each two by two pixels become one."""
    height, width = luma.shape[0] // 2, luma.shape[1] // 2
    made: Any = cv2.resize(luma[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(made)


def levels(frame: Any) -> tuple[int, int]:
    """What black and white are in this picture."""
    full = frame.color_range == _FULL_RANGE or frame.format.name.startswith(("yuvj", "rgb", "bgr", "gbr", "gray"))
    return (0, 255) if full and frame.format.name in _PLANAR else (16, 235)


def pictures(
    path: Path, facts: SourceFacts, *, counted: bool, one_core: bool = False, sound_s: float = 0.0
) -> Iterator[Picture]:
    """Every picture, decoded once; `counted` takes the time of a packaged clip's from their number, 25 a second.

    Raises `BadInput` for a damaged, cut or absurd film, at the latest after `MAX_WORK` pixels.
    """
    with reading(path) as container:
        stream = picture_stream(container)
        if one_core:
            stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        size, end_s, next_s = None, -1.0, 0.0
        for number, frame in enumerate(decoded(container, stream, facts.start_s)):
            size = size or (frame.width, frame.height)
            if (frame.width, frame.height) != size:
                check_size(frame.width, frame.height)
                raise BadInput("the picture changes its size midway")
            if number > (MAX_SECONDS + 1) * MAX_FPS or number * frame.width * frame.height > MAX_WORK:
                raise BadInput("there are more pictures in it than a clip could hold")
            at_s = number / FRAME_RATE if counted else float(frame.pts * frame.time_base)
            if at_s - max(end_s, 0.0) > MAX_HOLD_S:
                raise BadInput(f"the picture stands still for {at_s - end_s:.0f} s; at most {MAX_HOLD_S}")
            end_s = max(end_s, at_s)
            if at_s < next_s - 1e-3:
                continue
            next_s = at_s + 1 / _MOST_FPS
            luma = luma_of(frame)
            yield Picture(at_s, luma, smaller(luma), *levels(frame), frame)
        if end_s < 0:
            raise BadInput("there is no picture in it")
        refuse_cut(stream, end_s, sound_s, facts)


def upright(image: NDArray[np.uint8], turn: str) -> NDArray[np.uint8]:
    """A picture turned as the file asks, by the filters `probe` names."""
    for step in filter(None, turn.split(",")):
        if step == "hflip":
            image = image[:, ::-1]
        elif step == "vflip":
            image = image[::-1]
        else:
            image = image.swapaxes(0, 1)
            if step in ("transpose=clock", "transpose=clock_flip"):
                image = image[:, ::-1]
            if step in ("transpose=cclock", "transpose=clock_flip"):
                image = image[::-1]
    return np.ascontiguousarray(image)
