"""What lies where in a packaged clip: segments for playlists, samples for the virtual MP4; read from its own bytes."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from plugin.kernel.errors import BadInput
from plugin.media.bmff import Box, Bytes, boxes, find, find_one, u32
from plugin.media.contract import AAC_SAMPLES, FRAME_TICKS, GOP_FRAMES, aac_frames, segment_frames
from plugin.media.timeline import FRAME_RATE, GRID_FRAMES

Table = NDArray[np.uint32]
Offsets = NDArray[np.int8]

_HEAD = struct.Struct(">4sIIII")
_MAGIC = b"SGX1"
_NON_SYNC = 0x10000
TRUN_FLAGS_VIDEO = 0x1 | 0x200 | 0x400 | 0x800
"""data-offset, sample size, sample flags, composition offset (ISO/IEC 14496-12, 8.8.8)."""
TRUN_FLAGS_AUDIO = 0x1 | 0x200


@dataclass(frozen=True, slots=True)
class Segment:
    """One HLS segment: a `moof` and its `mdat`; offsets in bytes from the start of the file."""

    offset: int
    size: int
    frames: int
    video_offset: int
    audio_offset: int

    @property
    def duration_s(self) -> float:
        """Exact: frames over 25."""
        return self.frames / FRAME_RATE


@dataclass(frozen=True, eq=False)
class RenditionIndex:
    """The map of one immutable fragmented MP4."""

    init: bytes
    segments: tuple[Segment, ...]
    video_sizes: Table
    composition: Offsets
    """Presentation minus decoding order of each picture, in frames; −1 at least, since B-pictures never nest."""
    audio_sizes: Table

    @property
    def frames(self) -> int:
        """Pictures in the clip."""
        return len(self.video_sizes)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.segments[-1].offset + self.segments[-1].size

    @cached_property
    def init_sha256(self) -> str:
        """What must be the same for every clip of a rendition, or players freeze at the joint."""
        return hashlib.sha256(self.init).hexdigest()

    @property
    def peak_bps(self) -> int:
        """Of the busiest segment (RFC 8216, BANDWIDTH)."""
        return max(round(8 * part.size / part.duration_s) for part in self.segments)

    @property
    def average_bps(self) -> int:
        """Of the whole (RFC 8216, AVERAGE-BANDWIDTH)."""
        return round(8 * sum(part.size for part in self.segments) * FRAME_RATE / self.frames)

    def pack(self) -> bytes:
        """Compact bytes for the database."""
        rows = np.array(
            [(s.offset, s.size, s.frames, s.video_offset, s.audio_offset) for s in self.segments], dtype=">u4"
        )
        body = b"".join(
            (
                self.init,
                rows.tobytes(),
                self.video_sizes.astype(">u4").tobytes(),
                self.composition.tobytes(),
                self.audio_sizes.astype(">u2").tobytes(),
            )
        )
        head = _HEAD.pack(_MAGIC, len(self.init), len(self.segments), len(self.video_sizes), len(self.audio_sizes))
        return head + zlib.compress(body, 9)


def unpack(packed: bytes) -> RenditionIndex:
    """The index that `pack` wrote; raises `BadInput` when it didn't."""
    magic, init_size, segments, pictures, sounds = _HEAD.unpack_from(packed)
    if magic != _MAGIC:
        raise BadInput("this is not a rendition's index")
    body = zlib.decompress(packed[_HEAD.size :])
    rows = np.frombuffer(body, ">u4", 5 * segments, init_size).reshape(segments, 5)
    place = init_size + 20 * segments
    sizes = np.frombuffer(body, ">u4", pictures, place).astype(np.uint32)
    composition = np.frombuffer(body, np.int8, pictures, place + 4 * pictures)
    audio = np.frombuffer(body, ">u2", sounds, place + 5 * pictures).astype(np.uint32)
    return RenditionIndex(body[:init_size], tuple(Segment(*map(int, row)) for row in rows), sizes, composition, audio)


def read_index(data: Bytes) -> RenditionIndex:
    """The index of a packaged clip, read from its bytes and held to the contract.

    Raises `BadInput` naming the rule that is broken: sound and picture in every segment, both on the same clock from
    zero, whole GOPs, the 0.32 s grid, no edit list, one length of AAC frame.
    """
    try:
        return _read(data)
    except (struct.error, ValueError, IndexError) as error:
        raise BadInput(f"not a packaged clip: {error}") from None


def _read(data: Bytes) -> RenditionIndex:
    top = list(boxes(data))
    if [part.kind for part in top[:2]] != ["ftyp", "moov"] or len(top) < 4 or len(top) % 2:
        raise BadInput("not a packaged clip: ftyp, moov and pairs of moof and mdat belong in it")
    if find(data, "moov/trak/edts"):
        raise BadInput("the clip has an edit list")
    parts = [_segment(data, moof, mdat) for moof, mdat in zip(top[2::2], top[3::2], strict=True)]
    index = RenditionIndex(
        bytes(data[: top[1].end]),
        tuple(part.segment for part in parts),
        np.concatenate([part.video_sizes for part in parts]),
        np.concatenate([part.composition for part in parts]),
        np.concatenate([part.audio_sizes for part in parts]),
    )
    _hold_to_contract(index, parts)
    return index


@dataclass(frozen=True, slots=True)
class _Part:
    segment: Segment
    video_start: int
    audio_start: int
    video_sizes: Table
    composition: Offsets
    keyframes: tuple[int, ...]
    audio_sizes: Table


def _segment(data: Bytes, moof: Box, mdat: Box) -> _Part:
    if (moof.kind, mdat.kind) != ("moof", "mdat"):
        raise BadInput("a segment is not a moof and an mdat")
    trafs = find(data, "traf", moof)
    if len(trafs) != 2:
        raise BadInput("a segment lacks sound or picture")
    video, audio = trafs
    picture, sound = find_one(data, "trun", video), find_one(data, "trun", audio)
    if u32(data, picture.body) & 0xFFFFFF != TRUN_FLAGS_VIDEO or u32(data, sound.body) & 0xFFFFFF != TRUN_FLAGS_AUDIO:
        raise BadInput("a segment's tables are laid out otherwise than this version does")
    rows = np.frombuffer(data, ">u4", 3 * u32(data, picture.body + 4), picture.body + 12).reshape(-1, 3)
    sizes = rows[:, 0].astype(np.uint32)
    audio_sizes = np.frombuffer(data, ">u4", u32(data, sound.body + 4), sound.body + 12).astype(np.uint32)
    video_offset = moof.start + u32(data, picture.body + 8)
    audio_offset = moof.start + u32(data, sound.body + 8)
    if video_offset != mdat.body or audio_offset != video_offset + int(sizes.sum()):
        raise BadInput("a segment's samples don't fill its mdat")
    if audio_offset + int(audio_sizes.sum()) != mdat.end:
        raise BadInput("a segment's samples don't fill its mdat")
    return _Part(
        Segment(moof.start, mdat.end - moof.start, len(sizes), video_offset, audio_offset),
        _decode_time(data, video),
        _decode_time(data, audio),
        sizes,
        (rows[:, 2].astype(np.uint32).view(np.int32) // FRAME_TICKS).astype(np.int8),
        tuple(int(place) for place in np.flatnonzero((rows[:, 1] & _NON_SYNC) == 0)),
        audio_sizes,
    )


def _decode_time(data: Bytes, traf: Box) -> int:
    tfdt = find_one(data, "tfdt", traf)
    (time,) = struct.unpack_from(">Q", data, tfdt.body + 4)
    return int(time)


def _hold_to_contract(index: RenditionIndex, parts: list[_Part]) -> None:
    if index.frames % GRID_FRAMES:
        raise BadInput(f"{index.frames} pictures are off the 0.32 s grid")
    if len(index.audio_sizes) != aac_frames(index.frames):
        raise BadInput("sound and picture differ in length")
    if tuple(part.segment.frames for part in parts) != segment_frames(index.frames):
        raise BadInput("the segments aren't whole GOPs")
    pictures = sounds = 0
    for part in parts:
        if part.video_start != pictures * FRAME_TICKS or part.audio_start != sounds * AAC_SAMPLES:
            raise BadInput("a segment starts off its time")
        if part.keyframes != tuple(range(0, part.segment.frames, GOP_FRAMES)):
            raise BadInput("a key picture is missing or surplus")
        pictures += part.segment.frames
        sounds += len(part.audio_sizes)
    if int(index.composition.min()) < -1:
        raise BadInput("B-pictures are nested")
