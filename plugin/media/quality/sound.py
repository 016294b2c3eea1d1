"""What is heard: loudness and true peak (EBU R 128), silence, clipping, and where speech begins and ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite, log10
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from plugin.media.contract import AUDIO_RATE, LOUDNESS_LUFS
from plugin.media.measure import Sound
from plugin.media.probe import SourceFacts, decoded, reading, sound_stream
from plugin.media.quality.report import Finding, found
from plugin.media.quality.stills import Spans
from plugin.media.quality.thresholds import CLIPPED, CLIPPED_RUN, SHORT_TERM_S, SILENCE_DBFS

STEP_S = 0.02
_STEP = round(AUDIO_RATE * STEP_S)
_LEAST_LUFS = -70.0
"""The gate of ITU-R BS.1770-4: what is softer counts as nothing."""


_NUMBERS = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}
"""FFmpeg's sample formats, as NumPy names them."""


class Clips:
    """Runs of samples at full scale, in the sound as the file has it: levelling and resampling hide them."""

    def __init__(self) -> None:
        self.starts_s: list[float] = []
        self._samples = self._run = 0

    def add(self, frame: Any) -> None:
        """The next sound, as decoded."""
        loud = _at_full_scale(frame)
        if len(loud) and (loud.any() or self._run):
            edges = np.diff(np.concatenate(([0], loud.astype(np.int8), [0])))
            for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
                # A run may go on from the frame before; it was counted there when it was long enough.
                before = self._run if start == 0 else 0
                if before < CLIPPED_RUN <= before + end - start:
                    self.starts_s.append((self._samples + int(start)) / frame.sample_rate)
                self._run = before + int(end - start)
            if not loud[-1]:
                self._run = 0
        self._samples += len(loud)

    def findings(self, *, in_source: bool = False) -> list[Finding]:
        """One for all runs."""
        runs = len(self.starts_s)
        text = f"The sound is cut off at full scale {runs} times: record or export it softer."
        first, last = (self.starts_s[0], self.starts_s[-1]) if runs else (None, None)
        return found("clipping", runs, text, first, last, in_source=in_source)


def _at_full_scale(frame: Any) -> NDArray[np.bool_]:
    """Of each sample, whether any channel is."""
    channels = frame.layout.nb_channels
    # PyAV counts planes until one is missing, and behind eight there is something else: `to_ndarray` would read that.
    planes = frame.planes[: channels if frame.format.is_planar else 1]
    kind = _NUMBERS[frame.format.name.removesuffix("p")]
    samples = np.stack([np.frombuffer(each, kind, frame.samples * channels // len(planes)) for each in planes])
    if not frame.format.is_planar:
        samples = samples.reshape(-1, channels).T
    if samples.dtype.kind == "u":
        return np.asarray(((samples == 0) | (samples == 255)).any(axis=0))
    limit = CLIPPED * (1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max))
    return np.asarray(((samples >= limit) | (samples <= -limit)).any(axis=0))


@dataclass(slots=True)
class Heard:
    """Everything measured of a clip's sound."""

    lasting_s: float = 0.0
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    head_lufs: float | None = None
    tail_lufs: float | None = None
    """Short-term, of the first and the last 3 s."""
    silent: list[tuple[float, float]] = field(default_factory=list)
    clips: Clips = field(default_factory=Clips)
    levels_db: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """Of each 20 ms."""


def listen(path: Path, facts: SourceFacts, *, levelled: bool) -> Heard:
    """Measure the sound, decoded once and never held as a whole; what was `levelled` can't be clipped any more."""
    heard = Heard()
    if not facts.has_sound:
        return heard
    meter, levels = _Meter(), _Levels()
    with reading(path) as container:
        stream: Any = sound_stream(container)
        for frame in decoded(container, stream, facts.start_s):
            if not levelled:
                heard.clips.add(frame)
            meter.add(frame, levels)
    meter.end(levels)
    heard.lasting_s = levels.samples / AUDIO_RATE
    heard.loudness_lufs, heard.true_peak_dbtp = meter.loudness, meter.true_peak_dbtp
    heard.head_lufs, heard.tail_lufs = meter.edges(heard.lasting_s)
    heard.levels_db = levels.decibels()
    heard.silent = _silent(heard.levels_db)
    return heard


class _Meter:
    """FFmpeg's `ebur128` over 48 kHz stereo, as EBU Tech 3341 has it."""

    def __init__(self) -> None:
        self._graph: Any = None
        self.loudness: float | None = None
        self.true_peak_dbtp: float | None = None
        self._short: list[tuple[float, float]] = []

    def add(self, frame: Any, levels: _Levels) -> None:
        """The next sound, as decoded."""
        if self._graph is None:
            self._open(frame)
        self._source.push(frame)
        self._pull(levels)

    def end(self, levels: _Levels) -> None:
        """Nothing comes after this."""
        if self._graph is not None:
            self._source.push(None)
            self._pull(levels)

    def _open(self, frame: Any) -> None:
        self._graph = graph = Graph()
        self._source = last = graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
        )
        for name, options in (
            ("aresample", f"{AUDIO_RATE}:async=1:first_pts=0"),
            ("aformat", f"sample_fmts=flt:sample_rates={AUDIO_RATE}:channel_layouts=stereo"),
            ("ebur128", "metadata=1:peak=true"),
            ("aformat", "sample_fmts=flt"),
            ("abuffersink", None),
        ):
            following = graph.add(name, options)
            last.link_to(following)
            last = following
        self._sink = last
        graph.configure()

    def _pull(self, levels: _Levels) -> None:
        while True:
            try:
                frame: Any = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            levels.add(frame.to_ndarray().reshape(-1, 2))
            told = frame.metadata
            if "lavfi.r128.I" in told:
                self.loudness = _known(told["lavfi.r128.I"])
                self._short.append((levels.samples / AUDIO_RATE, float(told["lavfi.r128.S"])))
                peak = float(told.get("lavfi.r128.true_peak", 0) or 0)
                self.true_peak_dbtp = 20 * log10(peak) if peak > 0 else None

    def edges(self, lasting_s: float) -> tuple[float | None, float | None]:
        """Short-term loudness at both ends; of a shorter clip, of the whole."""
        if lasting_s < SHORT_TERM_S:
            return self.loudness, self.loudness
        at_start = [lufs for at_s, lufs in self._short if at_s >= SHORT_TERM_S - 0.05][:1]
        at_end = [lufs for _, lufs in self._short][-1:]
        head, tail = (_known(str(lufs[0])) if lufs else self.loudness for lufs in (at_start, at_end))
        return head, tail


def _known(lufs: str) -> float | None:
    value = float(lufs)
    return round(value, 2) if isfinite(value) and value > _LEAST_LUFS else None


class _Levels:
    """Power of each 20 ms of 48 kHz stereo."""

    def __init__(self) -> None:
        self.samples = 0
        self._power: list[NDArray[np.float32]] = []
        self._rest = np.zeros((0, 2), np.float32)

    def add(self, block: Sound) -> None:
        """The next samples."""
        self.samples += len(block)
        whole = np.concatenate((self._rest, np.nan_to_num(block)))
        end = len(whole) // _STEP * _STEP
        steps = whole[:end].reshape(-1, _STEP * 2)
        self._power.append(np.einsum("ij,ij->i", steps, steps) / (2 * _STEP))
        self._rest = whole[end:]

    def decibels(self) -> NDArray[np.float32]:
        """Of full scale."""
        power = np.concatenate(self._power) if self._power else np.zeros(0, np.float32)
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(power), np.float32)


def _silent(levels_db: NDArray[np.float32]) -> list[tuple[float, float]]:
    spans = Spans()
    for number, level in enumerate(levels_db):
        spans.add(number * STEP_S, bool(level < SILENCE_DBFS))
    spans.end(len(levels_db) * STEP_S)
    return spans.spans


def sound_findings(heard: Heard, duration_s: float, *, levelled: bool) -> list[Finding]:
    """What is past a limit; loudness and peak only of sound that has been brought to its level."""
    out = heard.clips.findings() if not levelled else []
    if not heard.lasting_s or heard.silent == [(0.0, len(heard.levels_db) * STEP_S)]:
        out += found("silence", max(duration_s, 2.0), "There is no sound in it.", 0.0, duration_s)
    else:
        for start_s, end_s in heard.silent:
            out += found("silence", end_s - start_s, f"Silence for {end_s - start_s:.2f} s.", start_s, end_s)
    return out + (_loudness(heard) if levelled else [])


def _loudness(heard: Heard) -> list[Finding]:
    out = []
    if heard.loudness_lufs is not None:
        off = heard.loudness_lufs - LOUDNESS_LUFS
        text = f"It is {heard.loudness_lufs:.1f} LUFS loud; every clip has {LOUDNESS_LUFS:g}."
        out += found("loudness", abs(off), text)
    if heard.true_peak_dbtp is not None:
        text = f"It peaks at {heard.true_peak_dbtp:.1f} dBTP: players may distort it."
        out += found("true_peak", heard.true_peak_dbtp, text)
    return out
