"""Pictures and sound of any source, encoded to the clip contract by the libraries PyAV carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from av.filter import Graph

from plugin.kernel.errors import BadInput
from plugin.media.contract import (
    AAC_SAMPLES,
    AUDIO_BPS,
    AUDIO_RATE,
    GOP_FRAMES,
    MAX_FPS,
    MAX_HOLD_S,
    MAX_SECONDS,
    MAX_WORK,
    X264_PARAMS,
    Canvas,
    aac_frames,
)
from plugin.media.measure import Sound
from plugin.media.package import Picture, picture_units
from plugin.media.probe import (
    SourceFacts,
    check_size,
    decoded,
    picture_stream,
    reading,
    refuse_cut,
    sound_stream,
)
from plugin.media.timeline import FRAME_RATE

_FORESIGHT = GOP_FRAMES // 2
"""Pictures x264 looks ahead: it holds them all, in three sizes, and past a closed GOP there is nothing to foresee."""
Watch = Callable[[Any], None]
"""Shown each frame as it was decoded, before anything is done to it."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard the encoder tries: x264's rate factor (lower is better and larger) and its preset."""

    crf: float = 23.0
    preset: str = "medium"


# -- sound ------------------------------------------------------------------------------------------


def decode_sound(path: Path, facts: SourceFacts, scratch: Path, watch: Watch = lambda frame: None) -> Sound:
    """All sound as 48 kHz stereo from time zero, kept in `scratch` rather than in memory; empty when there is none."""
    if facts.has_sound:
        with reading(path) as container, scratch.open("wb") as out:
            stream = sound_stream(container)
            graph = _graph(
                lambda g: g.add_abuffer(template=stream),
                f"aresample={AUDIO_RATE}:async=1:first_pts=0,"
                f"aformat=sample_fmts=flt:sample_rates={AUDIO_RATE}:channel_layouts=stereo",
                "abuffersink",
            )
            written = 0
            for frame in _pumped(graph, _watched(decoded(container, stream, facts.start_s), watch)):
                block = frame.to_ndarray().reshape(-1, 2)
                written += len(block)
                if written > (MAX_SECONDS + 1) * AUDIO_RATE:
                    raise BadInput(f"the sound runs on past {MAX_SECONDS} s")
                out.write(np.nan_to_num(block, posinf=0, neginf=0).astype("<f4").tobytes())
    if not scratch.exists() or not scratch.stat().st_size:
        return np.zeros((0, 2), np.float32)
    return np.memmap(scratch, "<f4", "r+").reshape(-1, 2)


def encode_sound(sound: Sound, frames: int) -> tuple[bytes, list[bytes]]:
    """AudioSpecificConfig and exactly as many AAC frames as `frames` pictures last, silence where sound ends early.

    The encoder's first frame only primes the decoder. It is dropped, so that frame *n* starts at *n* × 1024 samples.
    """
    count = aac_frames(frames)
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = AUDIO_RATE, "stereo", "fltp"
    encoder.bit_rate, encoder.time_base = AUDIO_BPS, Fraction(1, AUDIO_RATE)
    encoder.flags |= 1 << 22  # global header: the configuration apart from the frames
    packets: list[bytes] = []
    for number in range(count + 2):
        block = np.zeros((2, AAC_SAMPLES), np.float32)
        heard = sound[number * AAC_SAMPLES : min(number + 1, count) * AAC_SAMPLES].T
        block[:, : heard.shape[1]] = heard
        frame = av.AudioFrame.from_ndarray(block, "fltp", "stereo")
        frame.sample_rate, frame.pts = AUDIO_RATE, number * AAC_SAMPLES
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    if len(packets) < count + 1:
        raise BadInput("the sound encoder fell short")
    return bytes(encoder.extradata), packets[1 : count + 1]


def decode_aac(config: bytes, packets: list[bytes]) -> Sound:
    """What a player hears of these frames."""
    decoder: Any = av.CodecContext.create("aac", "r")
    decoder.extradata = config
    blocks = [frame.to_ndarray().T for data in packets for frame in decoder.decode(av.Packet(data))]
    blocks += [frame.to_ndarray().T for frame in decoder.decode(None)]
    return np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)


# -- picture ----------------------------------------------------------------------------------------


@dataclass
class EncodedPictures:
    """One rendition's pictures, spooled to a file in decoding order."""

    canvas: Canvas
    extradata: bytes
    spool: Path
    sizes: list[int] = field(default_factory=list)
    keyframes: list[bool] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)

    def pictures(self) -> Iterator[Picture]:
        """In decoding order."""
        with self.spool.open("rb") as file:
            for number, size in enumerate(self.sizes):
                yield Picture(file.read(size), self.keyframes[number], self.shown[number] - number)


class PictureEncoder:
    """Encodes one rendition frame by frame."""

    def __init__(self, canvas: Canvas, effort: Effort, folder: Path) -> None:
        self._context = _x264(canvas, effort)
        self._out: BinaryIO = (folder / f"{canvas.name}.h264").open("wb")
        self.encoded = EncodedPictures(canvas, bytes(self._context.extradata), folder / f"{canvas.name}.h264")
        self._last: Any = None
        self.count = 0

    def add(self, frame: Any) -> None:
        """The next picture."""
        self._last = frame
        frame.pts, frame.time_base, frame.pict_type = self.count, Fraction(1, FRAME_RATE), 0
        self.count += 1
        self._keep(self._context.encode(frame))

    def hold_until(self, frames: int) -> None:
        """Repeat the last picture until there are as many as promised, and finish."""
        while self.count < frames:
            self.add(self._last)
        self._keep(self._context.encode(None))
        self._out.close()

    def close(self) -> None:
        """Let go of the spool, finished or not."""
        self._out.close()

    def _keep(self, packets: Any) -> None:
        for packet in packets:
            data = picture_units(bytes(packet))
            self._out.write(data)
            self.encoded.sizes.append(len(data))
            self.encoded.keyframes.append(packet.is_keyframe)
            self.encoded.shown.append(packet.pts)


def pictures_of(
    path: Path,
    facts: SourceFacts,
    canvases: tuple[Canvas, ...],
    sound_s: float,
    watch: Watch = lambda frame: None,
) -> Iterator[tuple[Any, ...]]:
    """At 25 a second from time zero: the same picture once for each canvas, upright, padded, BT.709.

    `sound_s`, how long the sound turned out to be, helps to tell a file that was cut short.
    """
    with reading(path) as container:
        stream = picture_stream(container)
        graph = Graph()
        source = graph.add_buffer(template=stream)
        heads = ["bwdif=deint=interlaced", *filter(None, [facts.turn]), f"fps={FRAME_RATE}:start_time=0"]
        last = _chain(graph, source, ",".join(heads))
        split = graph.add("split", str(len(canvases)))
        last.link_to(split)
        sinks = [_canvas_sink(graph, split, pad, canvas, facts) for pad, canvas in enumerate(canvases)]
        graph.configure()
        limit = (MAX_SECONDS + 1) * MAX_FPS
        end_s = -1.0
        size = None
        for number, frame in enumerate(_watched(decoded(container, stream, facts.start_s), watch)):
            size = size or (frame.width, frame.height)
            if (frame.width, frame.height) != size:
                check_size(frame.width, frame.height)
                raise BadInput("the picture changes its size midway")
            if number > limit or number * frame.width * frame.height > MAX_WORK:
                raise BadInput("there are more pictures in it than a clip could hold")
            shown_s = float(frame.pts * frame.time_base)
            if shown_s - max(end_s, 0.0) > MAX_HOLD_S:
                raise BadInput(f"the picture stands still for {shown_s - end_s:.0f} s; at most {MAX_HOLD_S}")
            end_s = max(end_s, shown_s)
            source.push(frame)
            yield from _pulled(sinks)
        if end_s < 0:
            raise BadInput("there is no picture in it")
        refuse_cut(stream, end_s, sound_s, facts)
        source.push(None)
        yield from _pulled(sinks)


def _canvas_sink(graph: Graph, split: Any, pad: int, canvas: Canvas, facts: SourceFacts) -> Any:
    width, height = _fit(facts, canvas)
    scale = graph.add(
        "scale",
        f"w={width}:h={height}:flags=lanczos+accurate_rnd:in_color_matrix={facts.matrix}"
        ":out_color_matrix=bt709:out_range=tv",
    )
    split.link_to(scale, output_idx=pad)
    place = f"pad={canvas.width}:{canvas.height}:{(canvas.width - width) // 4 * 2}:{(canvas.height - height) // 4 * 2}"
    last = _chain(graph, scale, f"format=yuv420p,{place}:black,setsar=1")
    sink = graph.add("buffersink")
    last.link_to(sink)
    return sink


def _fit(facts: SourceFacts, canvas: Canvas) -> tuple[int, int]:
    """The largest even size of the source's shape within the canvas."""
    ratio = min(canvas.width / facts.width, canvas.height / facts.height)
    return (
        min(canvas.width, max(2, round(facts.width * ratio / 2) * 2)),
        min(canvas.height, max(2, round(facts.height * ratio / 2) * 2)),
    )


def _x264(canvas: Canvas, effort: Effort) -> Any:
    context: Any = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = canvas.width, canvas.height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FRAME_RATE), Fraction(FRAME_RATE)
    context.sample_aspect_ratio = Fraction(1)
    context.flags |= 1 << 22
    context.options = {
        "preset": effort.preset,
        "profile": "high",
        "level": canvas.level,
        "crf": f"{effort.crf:g}",
        "maxrate": str(canvas.peak_bps),
        "bufsize": str(canvas.peak_bps),
        "x264-params": f"{X264_PARAMS}:rc-lookahead={_FORESIGHT}",
    }
    context.open()
    return context


# -- plumbing ---------------------------------------------------------------------------------------


def _watched(frames: Iterator[Any], watch: Watch) -> Iterator[Any]:
    for frame in frames:
        watch(frame)
        yield frame


def _graph(head: Callable[[Graph], Any], filters: str, sink: str) -> tuple[Any, Any]:
    graph = Graph()
    source = head(graph)
    end = graph.add(sink)
    _chain(graph, source, filters).link_to(end)
    graph.configure()
    return source, (end, graph)


def _chain(graph: Graph, last: Any, filters: str) -> Any:
    for text in filters.split(","):
        name, _, arguments = text.partition("=")
        following = graph.add(name, arguments or None)
        last.link_to(following)
        last = following
    return last


def _pumped(graph: tuple[Any, Any], frames: Iterator[Any]) -> Iterator[Any]:
    source, (sink, _alive) = graph
    for frame in frames:
        source.push(frame)
        for (pulled,) in _pulled([sink]):
            yield pulled
    source.push(None)
    for (pulled,) in _pulled([sink]):
        yield pulled


def _pulled(sinks: list[Any]) -> Iterator[tuple[Any, ...]]:
    while True:
        try:
            yield tuple(sink.pull() for sink in sinks)
        except (av.BlockingIOError, av.EOFError):
            return
