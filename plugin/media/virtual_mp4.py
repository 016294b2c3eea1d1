"""One ordinary MP4 that exists nowhere: a fresh `moov` before spans of the shared clip files. Pure.

Everything of a clip file after its init lies inside one `mdat`; the sample tables point at the samples in it and never
at the fragment headers between them (ISO/IEC 14496-12, 8.7). Composition offsets are unsigned (`ctts` version 0) and
one edit list takes the shift back, because players read signed ones a picture late.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np

from plugin.kernel.errors import BadInput
from plugin.media.assembly import RenditionMedia
from plugin.media.bmff import box, boxes, find, full_box
from plugin.media.contract import AAC_SAMPLES, AUDIO_RATE, FRAME_TICKS, GOP_FRAMES, VIDEO_TIMESCALE, aac_frames
from plugin.media.index import RenditionIndex
from plugin.media.package import media, movie_header, track, track_header
from plugin.media.store import Store
from plugin.media.timeline import FRAME_RATE

_FTYP = box("ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")
_AUDIO_TICKS = AUDIO_RATE // FRAME_RATE
_VERSION = b"1"


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive bytes of the virtual file: `data` itself, or `length` bytes of a stored file from `offset`."""

    length: int
    data: bytes | None = None
    key: str = ""
    offset: int = 0


@dataclass(frozen=True)
class VirtualMp4:
    """The file as its spans, in order."""

    pieces: tuple[Span, ...]
    etag: str
    """A strong validator (RFC 9110, 8.8.3) without quotes, naming the clip set: equal tags mean equal bytes."""

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        total, out = 0, []
        for piece in self.pieces:
            out.append(total)
            total += piece.length
        return (*out, total)

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return self._starts[-1]

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """Where the bytes from `start` up to `end` are; nothing outside the file."""
        start, end = max(0, start), min(end, self.size)
        number = bisect_right(self._starts, start) - 1
        while start < end:
            piece, begins = self.pieces[number], self._starts[number]
            skip, length = start - begins, min(end, begins + piece.length) - start
            if piece.data is not None:
                yield Span(length, piece.data[skip : skip + length])
            else:
                yield Span(length, None, piece.key, piece.offset + skip)
            start += length
            number += 1

    def read(self, store: Store, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""
        return b"".join(
            span.data if span.data is not None else store.read(span.key, span.offset, span.length)
            for span in self.spans(start, end)
        )


def virtual_mp4(parts: Sequence[RenditionMedia]) -> VirtualMp4:
    """One rendition of each clip, in order, as one progressive MP4.

    Raises `BadInput` when the inits differ: one `moov` can describe only one kind of stream.
    """
    if not parts or len({part.init_sha256 for part in parts}) != 1:
        raise BadInput("these clips can't share one file")
    tables = [_tables(part.index) for part in parts]
    content = sum(table.content for table in tables)
    wide = content > 0xFFFF_0000 - 64 * sum(part.index.frames for part in parts)
    moov = _moov(parts, tables, wide)
    start = len(_FTYP) + len(moov) + (16 if wide else 8)
    _fill_offsets(moov, tables, start, wide)
    mdat = struct.pack(">I4sQ", 1, b"mdat", 16 + content) if wide else struct.pack(">I4s", 8 + content, b"mdat")
    data = b"".join((_FTYP, moov, mdat))
    files = (
        Span(table.content, None, part.key, len(part.index.init)) for part, table in zip(parts, tables, strict=True)
    )
    return VirtualMp4((Span(len(data), data), *files), _etag(parts))


def _etag(parts: Sequence[RenditionMedia]) -> str:
    return hashlib.sha256(b"\n".join((_VERSION, *(part.key.encode() for part in parts)))).hexdigest()[:32]


# -- what one clip adds to the tables, worked out once ----------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Sample tables of one clip, big-endian as they go into the file; offsets from the end of its init."""

    content: int
    video_sizes: bytes
    audio_sizes: bytes
    video_count: int
    audio_count: int
    composition: bytes
    key_pictures: tuple[int, ...]
    video_chunks: tuple[int, ...]
    audio_chunks: tuple[int, ...]
    video_runs: tuple[tuple[int, int], ...]
    """(chunk in the clip from 0, samples in it and those after)."""
    audio_runs: tuple[tuple[int, int], ...]


@lru_cache(2048)
def _tables(index: RenditionIndex) -> _Tables:
    init = len(index.init)
    offsets = (index.composition.astype(np.int64) + 1) * FRAME_TICKS
    changes = np.flatnonzero(np.diff(offsets)) + 1
    starts = np.concatenate(([0], changes))
    runs = np.diff(np.concatenate((starts, [len(offsets)])))
    frames = [segment.frames for segment in index.segments]
    return _Tables(
        content=index.size - init,
        video_sizes=index.video_sizes.astype(">u4").tobytes(),
        audio_sizes=index.audio_sizes.astype(">u4").tobytes(),
        video_count=index.frames,
        audio_count=len(index.audio_sizes),
        composition=np.stack((runs, offsets[starts]), axis=1).astype(">u4").tobytes(),
        key_pictures=tuple(range(0, index.frames, GOP_FRAMES)),
        video_chunks=tuple(segment.video_offset - init for segment in index.segments),
        audio_chunks=tuple(segment.audio_offset - init for segment in index.segments),
        video_runs=_runs(frames),
        audio_runs=_runs([aac_frames(count) for count in frames]),
    )


def _runs(counts: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple((i, count) for i, count in enumerate(counts) if i == 0 or counts[i - 1] != count)


# -- the movie --------------------------------------------------------------------------------------


def _moov(parts: Sequence[RenditionMedia], tables: Sequence[_Tables], wide: bool) -> bytearray:
    """All but the chunk offsets, which stand last in each track and wait for the length of what is made here."""
    frames = sum(part.index.frames for part in parts)
    heard = sum(table.audio_count for table in tables)
    duration = frames * FRAME_TICKS
    firsts = accumulate((table.video_count for table in tables), initial=1)
    picture_entry, sound_entry = _sample_entries(parts[0].index.init)
    pictures = b"".join(
        (
            picture_entry,
            full_box("stts", 0, 0, struct.pack(">III", 1, frames, FRAME_TICKS)),
            _counted("ctts", 8, *(table.composition for table in tables)),
            _counted("stss", 4, _shifted([table.key_pictures for table in tables], firsts)),
            _chunk_runs([(len(table.video_chunks), table.video_runs) for table in tables]),
            _sizes(frames, *(table.video_sizes for table in tables)),
            _no_offsets(sum(len(table.video_chunks) for table in tables), wide),
        )
    )
    sounds = b"".join(
        (
            sound_entry,
            full_box("stts", 0, 0, struct.pack(">III", 1, heard, AAC_SAMPLES)),
            _chunk_runs([(len(table.audio_chunks), table.audio_runs) for table in tables]),
            _sizes(heard, *(table.audio_sizes for table in tables)),
            _no_offsets(sum(len(table.audio_chunks) for table in tables), wide),
        )
    )
    edit = full_box("elst", 1, 0, struct.pack(">IQqHH", 1, duration, FRAME_TICKS, 1, 0))
    made = box(
        "moov",
        movie_header(duration, 3),
        track(
            track_header(1, duration, 0, parts[0].width, parts[0].height),
            media(VIDEO_TIMESCALE, duration, "vide", pictures),
            box("edts", edit),
        ),
        track(track_header(2, duration, 0x0100, 0, 0), media(AUDIO_RATE, frames * _AUDIO_TICKS, "soun", sounds)),
    )
    return bytearray(made)


def _fill_offsets(moov: bytearray, tables: Sequence[_Tables], start: int, wide: bool) -> None:
    """Write where each chunk is, now that `start`, where the first clip's bytes will be, is known."""
    _, picture_track, sound_track = boxes(moov, 8)
    bases = list(accumulate((table.content for table in tables), initial=start))
    for end, chunks in (
        (picture_track.end, [table.video_chunks for table in tables]),
        (sound_track.end, [table.audio_chunks for table in tables]),
    ):
        offsets = _shifted(chunks, bases, "Q" if wide else "I")
        moov[end - len(offsets) : end] = offsets


def _shifted(rows: Sequence[tuple[int, ...]], shifts: Iterable[int], number: str = "I") -> bytes:
    """Each row's numbers with its shift added, one after another, big-endian."""
    # A few dozen numbers: plain integers beat an array's overhead twice.
    values = [value + shift for row, shift in zip(rows, shifts, strict=False) for value in row]
    return struct.pack(f">{len(values)}{number}", *values)


@lru_cache(64)
def _sample_entries(init: bytes) -> tuple[bytes, bytes]:
    """The two `stsd` boxes of an init: picture and sound."""
    picture, sound = find(init, "moov/trak/mdia/minf/stbl/stsd")
    return init[picture.start : picture.end], init[sound.start : sound.end]


def _counted(kind: str, row: int, *blobs: bytes) -> bytes:
    return full_box(kind, 0, 0, struct.pack(">I", sum(map(len, blobs)) // row), *blobs)


def _sizes(count: int, *blobs: bytes) -> bytes:
    return full_box("stsz", 0, 0, struct.pack(">II", 0, count), *blobs)


def _no_offsets(count: int, wide: bool) -> bytes:
    return _counted("co64", 8, bytes(8 * count)) if wide else _counted("stco", 4, bytes(4 * count))


def _chunk_runs(clips: Sequence[tuple[int, tuple[tuple[int, int], ...]]]) -> bytes:
    rows, first = [], 1
    for chunks, runs in clips:
        rows += [struct.pack(">III", first + chunk, samples, 1) for chunk, samples in runs]
        first += chunks
    return _counted("stsc", 12, *rows)
