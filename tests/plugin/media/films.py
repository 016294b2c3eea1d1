"""Films made on the spot: a moving bar under a red corner, with flashes and beeps at the same moments."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

MARKS_S = (0.4,)
MARK_S = 0.08


def make_film(
    path: Path,
    *,
    size: tuple[int, int] = (640, 360),
    rate: Fraction | int = 25,
    seconds: float = 1.6,
    layout: str | None = "stereo",
    marks: tuple[float, ...] = MARKS_S,
    rotated: int = 0,
    codec: str = "libx264",
    sound_codec: str = "aac",
    volume: float = 0.4,
    tone: float = 0.02,
) -> Path:
    """A film of that shape; `rotated` in degrees as a phone notes it."""
    rate = Fraction(rate)
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        if codec == "libx264":
            video.options = {"preset": "ultrafast", "crf": "28"}
        if rotated:
            video.set_display_rotation(rotated)
        sound: Any = out.add_stream(sound_codec, rate=44100, layout=layout) if layout else None
        for number in range(round(seconds * rate)):
            frame = av.VideoFrame.from_ndarray(_picture(number, rate, seconds, size, marks), "rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if sound:
            _add_sound(out, sound, seconds, marks, volume, tone)
    return path


def marks_in(path: Path) -> tuple[list[float], list[float], int]:
    """When it flashes, when it beeps (in seconds, as decoded), and how many pictures it has."""
    with av.open(str(path)) as film:
        pictures = [(frame.time, float(frame.to_ndarray(format="gray").mean())) for frame in film.decode(video=0)]
    with av.open(str(path)) as film:
        sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in film.decode(audio=0)])
    flashes = [time for time, light in pictures if light > 200]
    loud = np.flatnonzero(np.abs(sound) > 0.5 * np.abs(sound).max()) / 48000
    return _firsts(flashes), _firsts(list(map(float, loud))), len(pictures)


def _firsts(times: list[float]) -> list[float]:
    return [round(time, 4) for i, time in enumerate(times) if i == 0 or time - times[i - 1] > 0.15]


def _picture(number: int, rate: Fraction, seconds: float, size: tuple[int, int], marks: tuple[float, ...]) -> Any:
    width, height = size
    picture = np.full((height, width, 3), 60, np.uint8)
    time = number / rate
    if any(mark <= float(time) + 1e-6 < mark + MARK_S for mark in marks):
        picture[:] = 255
        return picture
    picture[:, : int(width * float(time) / seconds)] = (40, 90, 140)
    picture[: height // 4, : width // 4] = (230, 0, 0)
    return picture


def _add_sound(out: Any, sound: Any, seconds: float, marks: tuple[float, ...], volume: float, tone: float) -> None:
    time = np.arange(round(seconds * 44100)) / 44100
    wave = tone * np.sin(2 * np.pi * 440 * time)
    for mark in marks:
        wave = np.where((time >= mark) & (time < mark + MARK_S), volume * np.sin(2 * np.pi * 1000 * time), wave)
    channels = len(sound.layout.channels)
    sample_format = sound.format.name
    for start in range(0, len(wave), 1024):
        block = np.tile(wave[start : start + 1024], (channels, 1))
        if sample_format == "s16":
            data = (block.T.reshape(1, -1) * 32000).astype(np.int16)
        else:
            data = np.ascontiguousarray(block.astype(np.float32))
        frame = av.AudioFrame.from_ndarray(data, sample_format, sound.layout.name)
        frame.sample_rate, frame.pts = 44100, start
        out.mux(sound.encode(frame))
    out.mux(sound.encode(None))
