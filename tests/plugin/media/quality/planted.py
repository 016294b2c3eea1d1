"""Short films made by code: one that is clean, and the same with one fault each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from plugin.media.measure import loudness_lufs

FPS, RATE = 25, 48_000
SECONDS = 2.56
SMALL, HD = (640, 360), (1280, 720)
FACES = Path(__file__).parents[3] / "attention" / "faces"

Rgb = NDArray[np.uint8]
Sound = NDArray[np.float32]
Draw = Callable[[int, tuple[int, int]], Rgb]


@dataclass(frozen=True)
class Film:
    """What one film is made of."""

    draw: Draw
    sound: Callable[[float], Sound] | None
    size: tuple[int, int] = SMALL
    seconds: float = SECONDS
    sound_codec: str = "pcm_s16le"
    fps: int = FPS

    def write(self, path: Path) -> Path:
        """Into a file."""
        with av.open(str(path), "w") as out:
            video: Any = out.add_stream("libx264", rate=self.fps, options={"preset": "ultrafast", "crf": "20"})
            video.width, video.height, video.pix_fmt = *self.size, "yuv420p"
            audio: Any = out.add_stream(self.sound_codec, rate=RATE, layout="stereo") if self.sound else None
            for number in range(round(self.seconds * self.fps)):
                picture = np.ascontiguousarray(self.draw(number, self.size))
                out.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            out.mux(video.encode(None))
            if self.sound:
                _add_sound(out, audio, self.sound(self.seconds))
        return path


def _add_sound(out: Any, audio: Any, sound: Sound) -> None:
    for start in range(0, len(sound), 1024):
        block = sound[start : start + 1024]
        if audio.format.name == "s16":
            data, kind = (np.clip(block, -1, 1) * 32767).astype(np.int16).reshape(1, -1), "s16"
        else:
            data, kind = np.ascontiguousarray(block.T), "fltp"
        frame = av.AudioFrame.from_ndarray(data, kind, "stereo")
        frame.sample_rate, frame.pts = RATE, start
        out.mux(audio.encode(frame))
    out.mux(audio.encode(None))


# -- pictures ---------------------------------------------------------------------------------------


@cache
def scenery(size: tuple[int, int]) -> Rgb:
    """A textured place with edges, wider than the picture."""
    width, height = size[0] * 3 // 2, size[1]
    rng = np.random.default_rng(5)
    place = np.zeros((height, width, 3), np.float32)
    for sigma in (0.7, 2, 6, 20):
        noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width, 3)).astype(np.float32), (0, 0), sigma)
        place += noise * sigma * 9
    drawn = np.clip(118 + place, 0, 255).astype(np.uint8)
    for _ in range(24):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        colour = tuple(int(level) for level in rng.integers(60, 190, 3))
        cv2.rectangle(drawn, (x, y), (x + int(rng.integers(20, width // 6)), y + height // 8), colour, -1)
    return drawn


def moving(number: int, size: tuple[int, int]) -> Rgb:
    """The scenery, slowly passing by, and back."""
    left = _passed(number, size)
    return scenery(size)[:, left : left + size[0]]


def _passed(number: int, size: tuple[int, int]) -> int:
    at, width = round(number * size[0] / 640), size[0] // 2 - 8
    return width - abs(at % (2 * width) - width)


def black(first: int, last: int) -> Draw:
    return lambda number, size: moving(number, size) * np.uint8(not first <= number < last)


def title_in_the_dark(number: int, size: tuple[int, int]) -> Rgb:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    cv2.putText(picture, "Soon", (size[0] // 3, size[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (240, 240, 240), 2)
    cv2.circle(picture, (number * 4, size[1] - 40), 5, (250, 250, 250), -1)
    return picture


def frozen(first: int, last: int) -> Draw:
    return lambda number, size: moving(first if first <= number < last else number, size)


def nearly_frozen(number: int, size: tuple[int, int]) -> Rgb:
    """Everything stands but a small bar that grows."""
    picture = moving(0, size).copy()
    picture[size[1] - 24 : size[1] - 12, 40 : 40 + number * 7] = (250, 240, 90)
    return picture


def flashing(hertz: float, share: float = 1.0) -> Draw:
    def draw(number: int, size: tuple[int, int]) -> Rgb:
        picture = moving(number, size).copy()
        picture[:, : round(size[0] * share)] = 235 if int(number / FPS * hertz * 2) % 2 else 60
        return picture

    return draw


def sliding(number: int, size: tuple[int, int]) -> Rgb:
    """Bright and dark panels pass quickly: much changes, yet no place flashes."""
    shift = max(0, number - 30) * size[0] // 12
    left = shift % (6 * size[0])
    panel = np.full((size[1], size[0], 3), 40, np.uint8)
    panel[:, (np.arange(left, left + size[0]) // size[0]) % 2 == 0] = 220
    return np.asarray(cv2.addWeighted(panel, 0.6, moving(number, size), 0.4, 0))


def barred(top: int, side: int) -> Draw:
    def draw(number: int, size: tuple[int, int]) -> Rgb:
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        inner = (size[0] - 2 * side, size[1] - 2 * top)
        picture[top : size[1] - top, side : size[0] - side] = moving(number, size)[: inner[1], : inner[0]]
        return picture

    return draw


def interlaced(number: int, size: tuple[int, int]) -> Rgb:
    """Two fields of different moments in each picture."""
    picture = moving(number, size).copy()
    left = _passed(number + 5, size)
    picture[1::2] = scenery(size)[1::2, left : left + size[0]]
    return picture


def blurred(number: int, size: tuple[int, int]) -> Rgb:
    left = _passed(number, size)
    return _out_of_focus(size)[:, left : left + size[0]].copy()


@cache
def _out_of_focus(size: tuple[int, int]) -> Rgb:
    return np.asarray(cv2.GaussianBlur(scenery(size), (0, 0), size[1] / 110))


def sharp_in_the_middle(number: int, size: tuple[int, int]) -> Rgb:
    picture = blurred(number, size)
    top, left = size[1] // 3, size[0] // 3
    picture[top : 2 * top, left : 2 * left] = moving(number, size)[top : 2 * top, left : 2 * left]
    return picture


def enlarged(number: int, size: tuple[int, int]) -> Rgb:
    half = (size[0] // 2, size[1] // 2)
    return np.asarray(cv2.resize(moving(number, half), size, interpolation=cv2.INTER_CUBIC))


# -- somebody in the picture ------------------------------------------------------------------------


@cache
def face(name: str) -> Rgb:
    """A face of the set attention is tested with, from its chin to over its hair."""
    image = cv2.imread(str(FACES / f"{name}.jpg"))
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def presenter(name: str = "front", *, at: float = 0.5) -> Draw:
    """Somebody before the scenery; `at`: where across the picture."""

    def draw(number: int, size: tuple[int, int]) -> Rgb:
        return put(moving(number, size), face(name), at, number)

    return draw


def put(behind: Rgb, somebody: Rgb, at: float, number: int) -> Rgb:
    """Somebody's picture in front, swaying by a pixel."""
    height = behind.shape[0]
    scale = 0.7 * height / somebody.shape[0]
    person = cv2.resize(somebody, None, fx=scale, fy=scale)
    tall, width = person.shape[:2]
    wide = cv2.copyMakeBorder(np.ascontiguousarray(behind), 0, 0, width, width, cv2.BORDER_REFLECT)
    left = width + round(at * behind.shape[1]) - width // 2 + number // 5 % 2
    wide[height - tall :, left : left + width] = person
    return wide[:, width : width + behind.shape[1]]


def talking(number: int, size: tuple[int, int]) -> Rgb:
    """Somebody whose mouth opens while `voice` is loud."""
    return put(moving(number, size), mouth_open(round(float(loud_at((number + 0.5) / FPS)) * 8) / 8), 0.5, number)


@cache
def mouth_open(share: float) -> Rgb:
    """The face with its lower lip moved down: 0 shut, 1 wide."""
    picture = face("front")
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    middle, lips, half = 0.5 * width, 0.617 * height, 0.055 * width
    bend = np.clip(1 - ((columns - middle) / half) ** 2, 0, 1)
    drop = (share * 13.0 - 5.0) * bend
    below = np.clip((rows - lips) / 42.0, 0, 1)
    source = np.where(rows > lips, np.maximum(rows - drop * (1 - below), lips), rows).astype(np.float32)
    out = cv2.remap(picture, columns, source, cv2.INTER_LINEAR)
    gap = (rows > lips) & (rows < lips + np.maximum(drop, 0) * 0.85)
    out[gap] = (48, 18, 20)
    return np.asarray(out)


# -- sound ------------------------------------------------------------------------------------------


def loud_at(seconds: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """How loud the voice is, 0 to 1: syllables and pauses that never repeat at one interval."""
    at = np.asarray(seconds, np.float64)
    wave = np.sin(2 * np.pi * 2.1 * at) + np.sin(2 * np.pi * 3.37 * at + 1) + 0.6 * np.sin(2 * np.pi * 0.71 * at)
    return np.clip(wave / 1.6 + 0.15, 0, 1)


def voice(seconds: float, *, lufs: float = -16.0, late_s: float = 0.0) -> Sound:
    """Something like speech, as loud as clips are."""
    at = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * harmonic * at) / harmonic for harmonic in range(1, 9))
    wave = (tone * (0.02 + loud_at(at - late_s)) * 0.1).astype(np.float32)
    sound = np.stack((wave, wave), axis=1)
    edge = np.minimum(1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / 1500)[:, None]
    sound = (sound * edge).astype(np.float32)
    return at_loudness(sound, lufs)


def at_loudness(sound: Sound, lufs: float = -16.0) -> Sound:
    return np.asarray(sound * 10 ** ((lufs - loudness_lufs(sound)) / 20), np.float32)


def quiet_from(first_s: float, last_s: float) -> Callable[[float], Sound]:
    def make(seconds: float) -> Sound:
        sound = voice(seconds)
        sound[round(first_s * RATE) : round(last_s * RATE)] = 0
        return at_loudness(sound)

    return make


def clipped(seconds: float) -> Sound:
    return np.clip(voice(seconds) * 8, -1, 1)


def peaking(seconds: float) -> Sound:
    """As loud as it should be, with one peak between samples that is over the top."""
    sound = voice(seconds)
    at = len(sound) // 2
    burst = np.sin(2 * np.pi * 12000 * np.arange(64) / RATE + np.pi / 4)
    sound[at : at + 64] = (1.3 * burst)[:, None]
    return np.clip(sound, -0.97, 0.97)


def silent(seconds: float) -> Sound:
    return np.zeros((round(seconds * RATE), 2), np.float32)


# -- the set ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """A film, how it is checked, and every kind of fault that has to be found in it: no other may be."""

    film: Film
    kinds: frozenset[str]
    packaged: bool = True
    presenter: bool = False


def _fault(*kinds: str, draw: Draw = moving, sound: Any = voice, **more: Any) -> Planted:
    checked = {key: more.pop(key) for key in ("packaged", "presenter") if key in more}
    film = Film(draw, sound, **more)
    small = {"resolution"} if film.size[1] < 720 else set()
    return Planted(film, frozenset({*kinds, *small}), **checked)


CLEAN = {
    "moving": _fault(size=HD),
    "a small bar grows": _fault(draw=nearly_frozen, size=HD),
    "panels slide by": _fault(draw=sliding, size=HD),
    "three flashes in all": _fault(draw=flashing(0.9), size=HD),
    "flashes in a corner": _fault(draw=flashing(5, 0.03), size=HD),
    "sharp in the middle": _fault(draw=sharp_in_the_middle, size=HD),
    "a presenter": _fault(draw=presenter(), size=HD, presenter=True),
    "a talking presenter": _fault(draw=talking, size=HD, presenter=True),
}
FAULTS = {
    "a dip to black": _fault("black", draw=black(20, 30)),
    "black": _fault("black", draw=black(6, 60)),
    "a title in the dark": _fault("black", draw=title_in_the_dark),
    "freeze": _fault("freeze", draw=frozen(3, 62)),
    "flash": _fault("flash", draw=flashing(5)),
    "flash of a third": _fault("flash", draw=flashing(6, 0.3)),
    "flash at the limit": _fault("flash", draw=flashing(3)),
    "letterbox": _fault("letterbox", draw=barred(45, 0)),
    "pillarbox": _fault("letterbox", draw=barred(0, 80)),
    "interlace": _fault("interlace", draw=interlaced),
    "blur": _fault("blur", draw=blurred),
    "upscaled": _fault("upscaled", draw=enlarged, size=HD),
    "resolution": _fault(size=(320, 180)),
    "clipping": _fault("clipping", sound=clipped, packaged=False),
    "clipping in AAC": _fault("clipping", sound=clipped, packaged=False, sound_codec="aac"),
    "silence": _fault("silence", sound=quiet_from(0.3, 2.5)),
    "silent": _fault("silence", sound=silent),
    "mute": _fault("silence", sound=None),
    "too soft": _fault("loudness", sound=lambda seconds: voice(seconds, lufs=-20)),
    "too loud": _fault("loudness", "true_peak", sound=lambda seconds: voice(seconds, lufs=-10)),
    "true peak": _fault("true_peak", sound=peaking),
    "no presenter": _fault("presenter_absent", presenter=True),
    "cut presenter": _fault("presenter_cut", draw=presenter(at=0.02), presenter=True),
    "turned presenter": _fault("presenter_turned", draw=presenter("yaw50"), presenter=True),
    "frozen presenter": _fault(
        "presenter_still", draw=lambda number, size: put(moving(0, size), face("front"), 0.5, 0), presenter=True
    ),
    "voice early": _fault(
        "sync_early", draw=talking, presenter=True, sound=lambda seconds: voice(seconds, late_s=-0.2), seconds=4.0
    ),
    "voice late": _fault(
        "sync_late", draw=talking, presenter=True, sound=lambda seconds: voice(seconds, late_s=0.28), seconds=4.0
    ),
}
