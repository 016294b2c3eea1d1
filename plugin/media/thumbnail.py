"""The picture in a mail that leads to the video: a still or twelve moving frames, a play button, and a first name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any

import av
import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from plugin.kernel.errors import BadInput
from plugin.media.assembly import ClipMedia
from plugin.media.lettering import lettering, shown_name
from plugin.media.store import Store

TEMPLATE = "1"
"""Raise it when the drawing changes, so that no cache keeps the old one."""
SIZE = (480, 270)
FRAMES = 12
_FRAME_MS = 220
_FIRST_MS = 900
_COLOURS = 128
"""Half of what a GIF can hold: a third smaller, and no one sees it at this size."""
_RAMP = 16
_BAND = 74
_INK = (16, 16, 20)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """What is the same for everyone: twelve frames with the button and an empty band, in colour and in one palette."""

    id: str
    still: Pixels
    indexed: Pixels
    """12 × 270 × 480 indices."""
    palette: bytes


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """An encoded picture and the validator caches know it by."""

    data: bytes
    media_type: str
    etag: str


def still(backdrop: Backdrop, name: str) -> Thumbnail:
    """A JPEG of 480×270; without the name when it is empty or no font has its letters."""
    return _drawn(backdrop, shown_name(name), "jpg")


def animated(backdrop: Backdrop, name: str) -> Thumbnail:
    """A GIF of 12 frames whose first carries the whole message, since some mail programs show only that."""
    return _drawn(backdrop, shown_name(name), "gif")


def cache_key(backdrop: Backdrop, shown: str, kind: str) -> str:
    """The same for equal pictures: template, backdrop, the text as shown, size, format."""
    parts = (TEMPLATE, backdrop.id, shown, f"{SIZE[0]}x{SIZE[1]}", kind)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def load_backdrop(store: Store, clip: ClipMedia, *, accent: str, length_s: float | None = None) -> Backdrop:
    """The frames of a clip, made once per process.

    `accent` is the button's colour, `#rrggbb`; `length_s` stands in the corner as minutes and seconds.
    """
    rendition = next(iter(clip.renditions.values()))
    badge = "" if length_s is None else f"{round(length_s) // 60}:{round(length_s) % 60:02}"
    key = (rendition.key, accent, badge)
    with _LOCK:
        found = _BACKDROPS.get(key)
    if found is None:
        data = store.read(rendition.key, 0, rendition.size)
        found = make_backdrop(
            _frames_of(data, rendition.index.frames), accent=accent, badge=badge, source=rendition.key
        )
        with _LOCK:
            _BACKDROPS[key] = found
    return found


_LOCK = Lock()
_BACKDROPS: LRUCache[tuple[str, str, str], Backdrop] = LRUCache(32)


def make_backdrop(frames: Sequence[Image.Image], *, accent: str, source: str, badge: str = "") -> Backdrop:
    """Twelve pictures with button and band, brought to one palette together so that no name costs that again."""
    if len(frames) != FRAMES:
        raise BadInput(f"{len(frames)} frames; a thumbnail has {FRAMES}")
    dressed = [_dressed(frame, accent, badge) for frame in frames]
    strip = Image.new("RGB", (SIZE[0], SIZE[1] * FRAMES))
    for number, frame in enumerate(dressed):
        strip.paste(frame, (0, number * SIZE[1]))
    # The band's greys are set apart, so that letters are smooth whatever the film looks like.
    quantised = strip.quantize(_COLOURS - _RAMP, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = (quantised.getpalette() or [])[: 3 * (_COLOURS - _RAMP)]
    colours += [0] * (3 * (_COLOURS - _RAMP) - len(colours))
    ramp = [round(_INK[c] + (255 - _INK[c]) * step / (_RAMP - 1)) for step in range(_RAMP) for c in range(3)]
    indexed = np.asarray(quantised, np.uint8).reshape(FRAMES, SIZE[1], SIZE[0])
    name = hashlib.sha256(f"{source}|{accent}|{badge}".encode()).hexdigest()[:16]
    return Backdrop(name, np.asarray(dressed[0], np.uint8), indexed, bytes(colours + ramp))


@lru_cache(64)
def _drawn(backdrop: Backdrop, shown: str, kind: str) -> Thumbnail:
    mask = lettering(shown, size=40, width=SIZE[0] - 2 * 28) if shown else None
    data = _jpeg(backdrop, mask) if kind == "jpg" else _gif(backdrop, mask)
    media_type = "image/jpeg" if kind == "jpg" else "image/gif"
    return Thumbnail(data, media_type, cache_key(backdrop, shown if mask is not None else "", kind))


def _jpeg(backdrop: Backdrop, mask: Image.Image | None) -> bytes:
    picture = Image.fromarray(backdrop.still)
    if mask is not None:
        _draw_band(picture)
        picture.paste((255, 255, 255), _place(mask), mask)
    out = BytesIO()
    picture.save(out, "JPEG", quality=84, optimize=True)
    return out.getvalue()


def _gif(backdrop: Backdrop, mask: Image.Image | None) -> bytes:
    frames = backdrop.indexed
    if mask is not None:
        frames = frames.copy()
        frames[:, SIZE[1] - _BAND :, :] = _COLOURS - _RAMP
        x, y = _place(mask)
        letters = _COLOURS - _RAMP + np.asarray(mask, np.uint16) * (_RAMP - 1) // 255
        frames[:, y : y + mask.height, x : x + mask.width] = letters.astype(np.uint8)
    pictures = [Image.fromarray(frame, "P") for frame in frames]
    for picture in pictures:
        picture.putpalette(backdrop.palette)
    out = BytesIO()
    pictures[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=[_FIRST_MS] + [_FRAME_MS] * (FRAMES - 1),
        loop=0,
        optimize=False,
        disposal=1,
    )
    return out.getvalue()


def _place(mask: Image.Image) -> tuple[int, int]:
    return (SIZE[0] - mask.width) // 2, SIZE[1] - _BAND + (_BAND - mask.height) // 2


def _draw_band(picture: Image.Image) -> None:
    ImageDraw.Draw(picture).rectangle((0, SIZE[1] - _BAND, *SIZE), fill=_INK)


def _dressed(frame: Image.Image, accent: str, badge: str) -> Image.Image:
    """The frame with its length and a play button, drawn four times too large and brought down for smooth edges."""
    picture = frame.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    _draw_badge(picture, badge)
    radius, scale = 38, 4
    middle = (SIZE[0] // 2, (SIZE[1] - _BAND) // 2 + 6)
    button = Image.new("L", (2 * radius * scale, 2 * radius * scale), 0)
    ImageDraw.Draw(button).ellipse((0, 0, *(side - 1 for side in button.size)), fill=240)
    arrow = Image.new("L", button.size, 0)
    x, y, r = radius * scale, radius * scale, radius * scale
    ImageDraw.Draw(arrow).polygon(
        [(x - 0.3 * r, y - 0.46 * r), (x - 0.3 * r, y + 0.46 * r), (x + 0.5 * r, y)], fill=255
    )
    corner = (middle[0] - radius, middle[1] - radius)
    small = (2 * radius, 2 * radius)
    picture.paste(accent, corner, button.resize(small, Image.Resampling.BOX))
    picture.paste("#ffffff", corner, arrow.resize(small, Image.Resampling.BOX))
    return picture


def _draw_badge(picture: Image.Image, badge: str) -> None:
    mask = lettering(badge, size=20, width=100) if badge else None
    if mask is None:
        return
    box = (SIZE[0] - mask.width - 30, 12, SIZE[0] - 12, 12 + mask.height + 14)
    ImageDraw.Draw(picture).rounded_rectangle(box, 5, fill=_INK)
    picture.paste((255, 255, 255), (box[0] + 9, box[1] + 7), mask)


def _frames_of(data: bytes, count: int) -> list[Image.Image]:
    """Twelve pictures spread over the clip's first seconds, the most telling one first."""
    opening = min(count, 200)
    wanted = sorted({opening * (2 * i + 1) // (2 * FRAMES) for i in range(FRAMES)})
    found: list[Image.Image] = []
    with av.open(BytesIO(data), "r") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                found.append(_picture(frame))
            if number >= wanted[-1]:
                break
    found += [found[-1]] * (FRAMES - len(found))
    # Clips fade in: the frame two fifths in says more than the first, and the loop goes round from there.
    lead = FRAMES * 2 // 5
    return found[lead:] + found[:lead]


def _picture(frame: Any) -> Image.Image:
    image: Image.Image = frame.to_image(src_colorspace="ITU709")
    return image
