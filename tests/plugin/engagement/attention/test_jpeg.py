"""What a decoder never gets to see."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, strategies as some
from PIL import Image

from plugin.engagement.attention.jpeg import MAX_BYTES, PictureRefused, check
from tests.attention.film import jpeg

FRONT = jpeg("front")


def encoded(width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 128 if mode == "L" else None).save(out, "JPEG", **options)
    return out.getvalue()


def frame_at(data: bytes) -> int:
    return data.index(b"\xff\xc0")


def with_size(data: bytes, width: int, height: int) -> bytes:
    at = frame_at(data) + 5
    return data[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + data[at + 4 :]


@pytest.mark.parametrize("size", [(320, 240), (240, 320), (64, 64), (640, 480), (213, 120)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_small_plain_picture_passes(size, mode):
    assert check(encoded(*size, mode)) == size


def test_metadata_is_skipped_whatever_it_says():
    exif = Image.Exif()
    exif[0x0112] = 6

    assert check(encoded(320, 240, exif=exif, comment=b"\xff\xc2 not a frame")) == (320, 240)


BOMB = with_size(FRONT, 65_500, 65_500)
TWO_FRAMES = FRONT[: frame_at(FRONT)] + FRONT[frame_at(FRONT) : frame_at(FRONT) + 19] + FRONT[frame_at(FRONT) :]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        FRONT[:-2],
        FRONT[: len(FRONT) // 2],
        FRONT + b"PK\x03\x04 a zip behind it",
        FRONT + FRONT,
        b"GIF89a" + FRONT,
        b"\x89PNG\r\n\x1a\n" + FRONT[8:],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        BOMB,
        TWO_FRAMES,
        with_size(FRONT, 0, 240),
        with_size(FRONT, 320, 481),
        encoded(320, 240, progressive=True),
        encoded(320, 240, "CMYK"),
        encoded(63, 240),
        encoded(641, 480),
        FRONT[:2] + b"\xff\xe0\xff\xff" + FRONT[4:],
        FRONT[:2] + b"\xff\xe0\x00\x00" + FRONT[4:],
        FRONT[:2] + b"\xff\xe1" + (60_000).to_bytes(2, "big") + bytes(59_998) + FRONT[2:],
        cv2.imencode(".webp", np.zeros((240, 320, 3), np.uint8))[1].tobytes(),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_everything_else_is_refused(data):
    with pytest.raises(PictureRefused):
        check(data)


def test_what_is_too_large_is_not_even_looked_at():
    with pytest.raises(PictureRefused, match=str(MAX_BYTES)):
        check(FRONT + bytes(MAX_BYTES))


@given(at=some.integers(0, len(FRONT) - 1), byte=some.integers(0, 255), cut=some.integers(0, 400))
def test_no_broken_picture_does_more_than_be_refused(at, byte, cut):
    broken = FRONT[:at] + bytes([byte]) + FRONT[at + 1 + cut :]

    try:
        width, height = check(broken)
    except PictureRefused:
        return
    assert 64 <= width <= 640
    assert 64 <= height <= 480
