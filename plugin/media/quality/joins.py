"""What happens where one clip follows another: arithmetic over what both ends were found to be like. Pure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.quality.edges import cells_of
from plugin.media.quality.flashes import over_joint, relative_luminance
from plugin.media.quality.report import Edge, Edges, Finding, found
from plugin.media.quality.stills import is_still

Rgb = NDArray[np.uint8]


def join_findings(before: Edges, after: Edges) -> list[Finding]:
    """What is past a limit where `after` follows `before`; times are left out, a joint has only one."""
    tail, head = before.tail, after.head
    last, first = cells_of(tail), cells_of(head)
    return [
        *_flash(tail, head, last, first),
        *_black(tail, head),
        *_freeze(tail, head, last, first),
        *_loudness(tail, head),
        *_colour(last, first),
    ]


def colour_change(before: Rgb, after: Rgb) -> float:
    """Mean change of hue, saturation and value, 0 to 255 (PySceneDetect's content value)."""
    one, other = (cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.int16) for picture in (before, after))
    return float(np.abs(one - other).mean(axis=(0, 1)).sum() / 3)


def _flash(tail: Edge, head: Edge, last: Rgb, first: Rgb) -> list[Finding]:
    most = over_joint(tail.changes, head.changes, relative_luminance(last), relative_luminance(first))
    return found("join_flash", most, f"{most} changes of brightness, {most / 2:g} flashes, within a second.")


def _black(tail: Edge, head: Edge) -> list[Finding]:
    lasting_s = tail.black_s + head.black_s
    # A clip that is too long black by itself says so itself.
    if not (tail.black_s and head.black_s):
        return []
    return found("join_black", round(lasting_s, 3), f"{lasting_s:.2f} s of black.")


def _freeze(tail: Edge, head: Edge, last: Rgb, first: Rgb) -> list[Finding]:
    if tail.black_s or head.black_s or not (tail.still_s and head.still_s) or not _alike(last, first):
        return []
    lasting_s = tail.still_s + head.still_s
    return found("join_freeze", round(lasting_s, 3), f"The picture stands still for {lasting_s:.2f} s.")


def _alike(last: Rgb, first: Rgb) -> bool:
    return all(is_still(last[..., channel], first[..., channel]) for channel in range(3))


def _loudness(tail: Edge, head: Edge) -> list[Finding]:
    if tail.loudness_lufs is None or head.loudness_lufs is None:
        return []
    step = head.loudness_lufs - tail.loudness_lufs
    text = f"The sound gets {abs(step):.1f} LU {'louder' if step > 0 else 'softer'} at once."
    return found("join_loudness", round(abs(step), 2), text)


def _colour(last: Rgb, first: Rgb) -> list[Finding]:
    change = colour_change(last, first)
    return found("join_colour", change, f"A hard cut: colours change by {change:.0f} of 255.")
