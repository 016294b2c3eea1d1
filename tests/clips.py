"""Small clips one can recognise by eye and ear: a colour, a moving bar, at known times a flash with a beep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from plugin.kernel.database import Database
from plugin.media.encode import Effort
from plugin.media.ingest import ClipOrder, ingest
from plugin.media.store import Store
from plugin.media.timeline import AiRole

FPS = 25
RATE = 48_000
MARK_S = 0.08
"""How long a flash and its beep last: two pictures."""
MARKS_S = (0.6, 2.2)
"""Where they are, in each clip."""
COLOURS = ((214, 84, 52), (36, 104, 160), (46, 125, 84), (122, 74, 158), (176, 128, 20), (30, 130, 138))


def make_source(path: Path, number: int, *, seconds: float = 3.2, size: tuple[int, int] = (1280, 720)) -> Path:
    """A film with sound, marked at `MARKS_S`."""
    frames = round(seconds * FPS)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS, options={"crf": "12", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = out.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        for index in range(frames):
            picture = _picture(number, index, frames, size)
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode(None))
        sound = _sound(seconds)
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="stereo")
        frame.rate = RATE
        out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return path


def make_clips(database: Database, store: Store, folder: Path, count: int, *, seconds: float = 3.2) -> list[str]:
    """Ids of `count` marked clips at 360p and 720p, each with one spoken line."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(count):
        source = make_source(folder / f"source-{number}.mkv", number, seconds=seconds)
        order = ClipOrder(
            name=f"marked-{number}",
            title=f"Part {number + 1}",
            language="en",
            ai=AiRole("modified" if number == 0 else "none", "synthetic voice" if number == 0 else "", number == 0),
            transcript=f"WEBVTT\n\n00:00.400 --> 00:02.800\nThis is part {number + 1} &amp; it says &lt;so&gt;.\n",
            effort=Effort(crf=26, preset="veryfast"),
        )
        made.append(ingest(database, store, folder / "work", source, order).clip_id)
        source.unlink()
    return made


def _picture(number: int, index: int, frames: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    if any(mark <= index / FPS + 1e-6 < mark + MARK_S - 1e-6 for mark in MARKS_S):
        return np.full((size[1], size[0], 3), 255, np.uint8)
    image = Image.new("RGB", size, COLOURS[number % len(COLOURS)])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * 0.86, size[0] * index / frames, size[1] * 0.9), fill=(250, 240, 220))
    draw.text((size[0] * 0.07, size[1] * 0.1), f"Part {number + 1}", fill=(255, 250, 240), font=_font(size[1] // 8))
    return np.asarray(image)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _sound(seconds: float, marks: Sequence[float] = MARKS_S) -> NDArray[np.int16]:
    time = np.arange(round(seconds * RATE)) / RATE
    wave = 0.01 * np.sin(2 * np.pi * 110 * time)
    for mark in marks:
        wave += np.where((time >= mark) & (time < mark + MARK_S), 0.6 * np.sin(2 * np.pi * 1000 * time), 0)
    return np.repeat((wave * 32767).astype(np.int16), 2)
