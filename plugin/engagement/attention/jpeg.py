"""A picture from anyone's browser, looked at byte by byte before a decoder sees it. Pure.

What a browser's canvas writes is a small baseline JPEG with one scan (ITU-T T.81, Annex B). Nothing else is let in:
no bomb that unfolds, no second frame header, no progressive passes, nothing behind the end. Metadata is skipped over,
never read.
"""

from __future__ import annotations

from plugin.kernel.errors import BadInput

MAX_BYTES = 64 * 1024
WIDTHS = (64, 640)
HEIGHTS = (64, 480)
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SOS = 0xDA
_FRAMES = (0xC0, 0xC1)
"""Baseline and extended sequential, Huffman-coded."""
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - {*_FRAMES, 0xC4, 0xC8, 0xCC}
"""Progressive, lossless, hierarchical, arithmetic. (C4, C8 and CC are no frames.)"""
_ALLOWED = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
"""Tables, restart interval, comment, application data."""


class PictureRefused(BadInput):
    """Not a picture a page of ours sends."""


def check(data: bytes) -> tuple[int, int]:
    """Width and height of a picture that may be decoded; raises `PictureRefused`. A matter of microseconds."""
    if len(data) > MAX_BYTES:
        raise PictureRefused(f"a picture holds at most {MAX_BYTES} bytes")
    if not data.startswith(_SOI) or not data.endswith(_EOI):
        raise PictureRefused("not a whole JPEG")
    at, size = 2, None
    while True:
        marker, body, at = _segment(data, at)
        if marker in _OTHER_FRAMES:
            raise PictureRefused("a JPEG of a kind no page of ours sends")
        if marker in _FRAMES:
            if size is not None:
                raise PictureRefused("a JPEG with two frames")
            size = _size(body)
        elif marker == _SOS:
            break
        elif marker not in _ALLOWED:
            raise PictureRefused("a JPEG with a marker out of place")
    # In the scan every FF is followed by 00 or a restart, so the first end is the end.
    if size is None or data.find(_EOI, at) != len(data) - 2 or _has_marker(data, at):
        raise PictureRefused("a JPEG that doesn't end where it should")
    return size


def _segment(data: bytes, at: int) -> tuple[int, bytes, int]:
    if at + 4 > len(data) or data[at] != 0xFF:
        raise PictureRefused("a broken JPEG")
    marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
    end = at + 2 + length
    if length < 2 or end > len(data) - 2:
        raise PictureRefused("a broken JPEG")
    return marker, data[at + 4 : end], end


def _size(frame: bytes) -> tuple[int, int]:
    if len(frame) < 6:
        raise PictureRefused("a broken JPEG")
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    if frame[0] != 8 or frame[5] not in (1, 3) or len(frame) != 6 + 3 * frame[5]:
        raise PictureRefused("a JPEG with a depth or channels no page of ours sends")
    if not (WIDTHS[0] <= width <= WIDTHS[1] and HEIGHTS[0] <= height <= HEIGHTS[1]):
        raise PictureRefused("a picture of another size than our pages send")
    return width, height


def _has_marker(data: bytes, start: int) -> bool:
    """Whether anything but stuffing and restarts stands in the scan: a second one, or tables between."""
    at = data.find(b"\xff", start)
    while 0 <= at < len(data) - 2:
        if data[at + 1] != 0x00 and not 0xD0 <= data[at + 1] <= 0xD7:
            return True
        at = data.find(b"\xff", at + 2)
    return False
