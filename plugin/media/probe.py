"""A file from outside, opened with care: what it holds, or one line that says why it won't do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition

from plugin.kernel.errors import BadInput
from plugin.media.contract import MAX_BYTES, MAX_CHANNELS, MAX_FPS, MAX_PIXELS, MAX_SECONDS, MAX_SIDE

_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"
"""Formats that hold their media themselves. Playlists, concat scripts and image sequences name other files: never."""
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _DEMUXERS,
    "probesize": "5000000",
    "analyzeduration": "5000000",
    "max_pixels": str(MAX_PIXELS),
    "max_streams": "32",
}
_SHORTFALL_S = 0.5
_HDR_TRANSFERS = {16, 18}
"""PQ and HLG (ITU-T H.273, table 3)."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the file says of itself, each number checked for sense."""

    width: int
    height: int
    """As displayed: after rotation and with square pixels."""
    sample_aspect: Fraction
    turn: str
    """Filters that bring the picture upright, or nothing."""
    matrix: str
    """The colour matrix the samples are in: `bt709`, `bt601`, `bt2020`."""
    start_s: float
    """Where the earliest stream starts: the zero of both."""
    duration_s: float | None
    """Of the longest stream, as far as the header tells and there is none but picture and sound."""
    has_sound: bool


@contextmanager
def reading(path: Path) -> Iterator[InputContainer]:
    """The opened file; every failure of the demuxers and decoders inside the block becomes `BadInput`."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadInput(f"can't read {path.name}: {error.strerror}") from None
    if not path.is_file():
        raise BadInput(f"{path.name} is not a file")
    if not 0 < size <= MAX_BYTES:
        raise BadInput(f"{path.name} is {size} bytes; a source has 1 byte to {MAX_BYTES >> 30} GiB")
    try:
        with av.open(f"file:{path.resolve()}", "r", options=dict(_OPTIONS), metadata_errors="ignore") as container:
            yield container
    except (av.FFmpegError, OSError, ValueError, OverflowError, MemoryError) as error:
        # PyAV itself says ValueError to headers that make no sense, such as sound in no channels.
        reason = getattr(error, "strerror", None) or str(error) or "no reason given"
        raise BadInput(f"can't read {path.name} as video: {reason}".replace("\n", " ")) from None


def probe(path: Path) -> SourceFacts:
    """Look at the headers and the first picture; raises `BadInput` for what can't or shouldn't become a clip."""
    with reading(path) as container:
        video = picture_stream(container)
        rate = float(video.average_rate or video.guessed_rate or 0)
        if rate > MAX_FPS:
            raise BadInput(f"{rate:g} pictures a second; at most {MAX_FPS}")
        duration = container.duration / 1e6 if container.duration else None
        if duration is not None and duration > MAX_SECONDS:
            raise BadInput(f"{duration:.0f} s long; a clip has at most {MAX_SECONDS} s")
        check_size(video.codec_context.width, video.codec_context.height)
        first = next(container.decode(video), None)
        if first is None:
            raise BadInput("there is no picture in it")
        check_size(first.width, first.height)
        if first.color_trc in _HDR_TRANSFERS:
            raise BadInput("the picture is HDR; export it in standard dynamic range (BT.709)")
        aspect = video.sample_aspect_ratio or Fraction(1)
        aspect = aspect if Fraction(1, 8) <= aspect <= 8 else Fraction(1)
        turn, sideways = _upright(first)
        width, height = max(1, round(first.width * aspect)), first.height
        sound = sound_stream(container)
        alone = len(container.streams) == 1 + (sound is not None)
        return SourceFacts(
            *((height, width) if sideways else (width, height)),
            sample_aspect=aspect,
            turn=turn,
            matrix=_matrix(first.colorspace, first.height),
            start_s=(container.start_time or 0) / 1e6,
            duration_s=duration if alone else None,
            has_sound=sound is not None,
        )


def check_size(width: int, height: int) -> None:
    """Refuse pictures of absurd size."""
    if not (2 <= width <= MAX_SIDE and 2 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise BadInput(f"the picture is {width}×{height}; at most {MAX_PIXELS / 1e6:.1f} megapixels, {MAX_SIDE} a side")


def picture_stream(container: InputContainer) -> Any:
    """The first stream of moving pictures (cover art is none)."""
    moving = [s for s in container.streams.video if s.codec_context and not s.disposition & Disposition.attached_pic]
    if not moving:
        raise BadInput("there is no picture in it")
    # Some decoders allocate from the header's claim before anyone can look at it.
    moving[0].codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    moving[0].thread_type = "AUTO"
    return moving[0]


def sound_stream(container: InputContainer) -> Any | None:
    """The first stream of sound that can be decoded, if any."""
    return next((s for s in container.streams.audio if s.codec_context and s.codec_context.sample_rate), None)


def decoded(container: Any, stream: Any, start_s: float) -> Iterator[Any]:
    """Frames in order with times from `start_s`; refuses what the decoder had to make up."""
    base = stream.time_base
    shift = round(start_s / base)
    last = MAX_SECONDS / base
    following = 0
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise BadInput("the file is damaged")
        for frame in packet.decode():
            if frame.is_corrupt:
                raise BadInput("the file is damaged")
            if (layout := getattr(frame, "layout", None)) is not None and layout.nb_channels > MAX_CHANNELS:
                raise BadInput(f"the sound has {layout.nb_channels} channels; at most {MAX_CHANNELS}")
            pts = following if frame.pts is None else frame.pts - shift
            if pts > last:
                raise BadInput(f"it runs on past {MAX_SECONDS} s")
            frame.pts, frame.time_base = pts, base
            following = pts + (frame.duration or 1)
            yield frame


def refuse_cut(stream: Any, end_s: float, sound_s: float, facts: SourceFacts) -> None:
    """A file cut short still opens: its header knows better how long it was."""
    picture_s = float(stream.duration * stream.time_base) if stream.duration else 0.0
    for claimed, there in ((picture_s, end_s), (facts.duration_s or 0.0, max(end_s, sound_s))):
        if there < claimed - _SHORTFALL_S - 0.02 * claimed:
            raise BadInput(f"the file is cut short: {claimed:.1f} s promised, {there:.1f} s there")


def _matrix(colorspace: int, height: int) -> str:
    if colorspace in (9, 10):
        return "bt2020"
    if colorspace in (5, 6):
        return "bt601"
    if colorspace == 1:
        return "bt709"
    # Unmarked: by custom, high definition is BT.709 and the rest BT.601.
    return "bt709" if height >= 720 else "bt601"


_TURNS = {
    (0, 1, -1, 0): ("transpose=clock", True),
    (-1, 0, 0, -1): ("hflip,vflip", False),
    (0, -1, 1, 0): ("transpose=cclock", True),
    (-1, 0, 0, 1): ("hflip", False),
    (1, 0, 0, -1): ("vflip", False),
    (0, 1, 1, 0): ("transpose=cclock_flip", True),
    (0, -1, -1, 0): ("transpose=clock_flip", True),
}


def _upright(frame: Any) -> tuple[str, bool]:
    """The filters that undo the display matrix (ISO/IEC 14496-12, 6.2.2), and whether they swap the sides."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return "", False
    cells = memoryview(bytes(matrix)).cast("i")
    a, b, c, d = ((value > 0x8000) - (value < -0x8000) for value in (cells[0], cells[1], cells[3], cells[4]))
    return _TURNS.get((a, b, c, d), ("", False))
