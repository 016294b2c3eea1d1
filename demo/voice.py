"""The narrator: SVOX Pico speaks each sentence by itself, so captions are timed exactly; then a little studio work."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
RATE = 48_000
LEAD_S, PAUSE_S, TAIL_S = 0.5, 0.28, 0.84
"""Before the first word, between sentences, after the last word."""

_VOICES = {"en": ("en-GB", 101), "es": ("es-ES", 108)}
# Pico speaks at 16 kHz and from the chest: less weight, more consonants for a phone's loudspeaker, made-up air on top.
_STUDIO = (
    ("highpass", "f=95"),
    ("bass", "f=230:g=-2.5:t=q:w=0.6"),
    ("equalizer", "f=1050:t=q:w=1.2:g=1.2"),
    ("treble", "f=1900:g=5.5:t=q:w=0.6"),
    ("aexciter", "level_out=1:amount=1.4:drive=4:blend=0:freq=5600:ceil=13500"),
    ("lowpass", "f=14000"),
    ("acompressor", "threshold=0.09:ratio=2.6:attack=8:release=140:makeup=1.6"),
    ("aecho", "in_gain=0.94:out_gain=0.94:delays=19|31|47:decays=0.055|0.04|0.025"),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clip's narration without the silence around it; spans are seconds from its first sample."""

    samples: Samples
    spans: tuple[tuple[float, float], ...]

    @property
    def length_s(self) -> float:
        """From the first word to the end of the last."""
        return self.spans[-1][1]


@cache
def speak(language: str, sentences: tuple[str, ...]) -> Spoken:
    """Every sentence in turn, with a breath between; needs `pico2wave` (Debian: libttspico-utils)."""
    parts: list[Samples] = []
    spans: list[tuple[float, float]] = []
    at = 0.0
    for sentence in sentences:
        said = _studio(_pico(language, sentence))
        length = len(said) / RATE
        spans.append((at, at + length))
        parts += [said, np.zeros(round(PAUSE_S * RATE), np.float32)]
        at += length + PAUSE_S
    return Spoken(np.concatenate(parts), tuple(spans))


def _pico(language: str, sentence: str) -> Samples:
    voice, speed = _VOICES[language]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "said.wav"
        marked = f'<speed level="{speed}">{sentence}</speed>'
        subprocess.run(["pico2wave", "-l", voice, "-w", str(out), marked], check=True)
        with wave.open(str(out)) as file:
            pulse = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    heard: Samples = (pulse / np.float32(32768)).astype(np.float32)
    loud = np.flatnonzero(np.abs(heard) > 0.006)
    first, last = max(loud[0] - 200, 0), min(loud[-1] + 800, len(heard))
    cut: Samples = heard[first:last].copy()
    cut[:160] *= np.linspace(0, 1, 160, dtype=np.float32)
    cut[-480:] *= np.linspace(1, 0, 480, dtype=np.float32)
    return cut


def _studio(dry: Samples) -> Samples:
    graph = av.filter.Graph()
    nodes: list[Any] = [graph.add_abuffer(sample_rate=16_000, format="flt", layout="mono", time_base=_tick(16_000))]
    chain = (("aresample", f"{RATE}"), ("aformat", "sample_fmts=flt:channel_layouts=mono"), *_STUDIO)
    for name, options in chain:
        nodes.append(graph.add(name, options))
    nodes += [
        graph.add("aformat", f"sample_fmts=flt:channel_layouts=mono:sample_rates={RATE}"),
        graph.add("abuffersink"),
    ]
    for one, other in pairwise(nodes):
        one.link_to(other)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(dry[None, :], format="flt", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, _tick(16_000)
    nodes[0].push(frame)
    nodes[0].push(None)
    out = []
    while True:
        try:
            out.append(nodes[-1].pull().to_ndarray().reshape(-1))
        except (EOFError, av.error.BlockingIOError):
            break
    wet = np.concatenate(out)
    return (wet / max(float(np.abs(wet).max()), 1e-6) * 0.7).astype(np.float32)


def _tick(rate: int) -> Fraction:
    return Fraction(1, rate)
