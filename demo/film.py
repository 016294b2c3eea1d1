"""One clip's source file: its pictures and its sound, nearly lossless, for Segue's own ingest to work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import skia
from numpy.typing import NDArray

from demo import scenes, sound
from demo.picture import FPS, HEIGHT, WIDTH
from demo.script import LANGUAGES, Shot
from demo.voice import LEAD_S, RATE, TAIL_S, Spoken, speak

GRID_S = 0.32


@dataclass(frozen=True, slots=True)
class Take:
    """A shot in one language, timed."""

    shot: Shot
    language: str
    length_s: float
    lead_s: float
    spoken: Spoken

    @property
    def name(self) -> str:
        """What the storyboard calls the clip."""
        return f"{self.shot.name}-{self.language}"

    @property
    def cues(self) -> tuple[tuple[float, float, str], ...]:
        """Start, end and words of each sentence, in seconds of the clip."""
        return tuple(
            (self.lead_s + start, self.lead_s + end, text)
            for (start, end), text in zip(self.spoken.spans, self.shot.said[self.language], strict=True)
        )


def take(shot: Shot, language: str) -> Take:
    """Time a shot. It lasts the same in every language, so that overlays can be set once for all."""
    spoken = {each: speak(each, shot.said[each]) for each in LANGUAGES}
    longest = max(said.length_s for said in spoken.values())
    length = -(-(LEAD_S + longest + TAIL_S) // GRID_S) * GRID_S
    spare = length - LEAD_S - TAIL_S - spoken[language].length_s
    return Take(shot, language, round(length, 2), LEAD_S + min(0.4 * spare, 0.35), spoken[language])


def webvtt(one: Take) -> str:
    """The narration as captions."""

    def stamp(s: float) -> str:
        return f"00:{int(s // 60):02}:{s % 60:06.3f}"

    cues = [f"{stamp(start)} --> {stamp(end)}\n{text}\n" for start, end, text in one.cues]
    return "WEBVTT\n\n" + "\n".join(cues)


def still(one: Take, t: float) -> skia.Image:
    """The picture at a time."""
    surface = skia.Surface(WIDTH, HEIGHT)
    _draw(surface, one, t)
    return surface.makeImageSnapshot()


def _draw(surface: skia.Surface, one: Take, t: float) -> None:
    starts = tuple(start for start, _, _ in one.cues)
    scenes.draw(surface.getCanvas(), one.shot, one.language, t, one.length_s, starts)


def _frames(one: Take) -> Iterator[NDArray[np.uint8]]:
    surface = skia.Surface(WIDTH, HEIGHT)
    for index in range(round(one.length_s * FPS)):
        _draw(surface, one, index / FPS)
        yield surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3]


def mix(one: Take) -> NDArray[np.float32]:
    """Voice in the middle, small sounds around it; 48 kHz stereo, as long as the pictures."""
    out = np.zeros((2, round(one.length_s * RATE)), np.float32)
    starts = tuple(start for start, _, _ in one.cues)
    for at, note, loud, side in sound.hits(one.shot.name, starts, one.length_s):
        sound.place(out, sound.bell(note, loud), at, side=side)
    sound.place(out, one.spoken.samples * np.float32(0.62), one.lead_s)
    fade = round(0.25 * RATE)
    out[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out


def write(one: Take, path: Path) -> None:
    """The source file: H.264 at a rate no eye can fault, uncompressed sound."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=FPS, options={"crf": "8", "preset": "veryfast", "tune": "animation"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.color_range, video.codec_context.colorspace = 1, 1
        video.codec_context.color_primaries, video.codec_context.color_trc = 1, 1
        audio = file.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        for index, pixels in enumerate(_frames(one)):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        samples = (np.clip(mix(one), -1, 1) * 32767).astype("<i2")
        heard = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T.reshape(1, -1)), format="s16", layout="stereo"
        )
        heard.sample_rate, heard.pts, heard.time_base = RATE, 0, Fraction(1, RATE)
        file.mux(audio.encode(heard))
        file.mux(audio.encode(None))
