"""Encoded samples become one immutable fragmented MP4: an init all clips share, then a segment per GOP."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from plugin.kernel.errors import BadInput
from plugin.media.bmff import IDENTITY_MATRIX, box, full_box
from plugin.media.contract import (
    AAC_SAMPLES,
    AUDIO_BPS,
    AUDIO_RATE,
    FRAME_TICKS,
    GOP_FRAMES,
    VIDEO_TIMESCALE,
    Canvas,
    aac_frames,
    segment_frames,
)
from plugin.media.index import TRUN_FLAGS_AUDIO, TRUN_FLAGS_VIDEO

_UND = struct.pack(">HH", 0x55C4, 0)
_START = b"\x00\x00\x01"
_SPS, _PPS = 7, 8
_PICTURES = {1, 2, 3, 4, 5}
_SYNC, _NON_SYNC = 0x02000000, 0x01010000
_DEFAULT_BASE_IS_MOOF = 0x020000
_DURATION_PRESENT, _FLAGS_PRESENT = 0x8, 0x20


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture: length-prefixed NAL units, and presentation minus decoding order in frames."""

    data: bytes
    keyframe: bool
    composition: int


def nal_units(annex_b: bytes) -> Iterator[bytes]:
    """The units between start codes (ITU-T H.264, Annex B)."""
    at = annex_b.find(_START)
    while at >= 0:
        following = annex_b.find(_START, at + 3)
        unit = annex_b[at + 3 : following if following >= 0 else None]
        if stripped := unit.rstrip(b"\x00"):
            yield stripped
        at = following


def picture_units(annex_b: bytes) -> bytes:
    """Only the slices, each with its length before it; parameter sets, SEI and delimiters stay out."""
    kept = [unit for unit in nal_units(annex_b) if unit[0] & 0x1F in _PICTURES]
    return b"".join(part for unit in kept for part in (struct.pack(">I", len(unit)), unit))


def parameter_sets(extradata: bytes) -> tuple[bytes, bytes]:
    """The one sequence and the one picture parameter set an encoder announced."""
    sets = {kind: [u for u in nal_units(extradata) if u[0] & 0x1F == kind] for kind in (_SPS, _PPS)}
    if len(sets[_SPS]) != 1 or len(sets[_PPS]) != 1:
        raise BadInput("the encoder made several parameter sets")
    return sets[_SPS][0], sets[_PPS][0]


def codecs(extradata: bytes) -> str:
    """What the playlist says is inside (RFC 6381)."""
    sps, _ = parameter_sets(extradata)
    return f"avc1.{sps[1:4].hex()},mp4a.40.2"


def init_bytes(canvas: Canvas, video_extradata: bytes, audio_config: bytes) -> bytes:
    """`ftyp` and `moov`: no length, no date, no edit list, so that equal settings give equal bytes."""
    return box("ftyp", b"iso6", struct.pack(">I", 1), b"iso6cmfcmp41") + box(
        "moov",
        movie_header(0, 3),
        track(
            track_header(1, 0, 0, canvas.width, canvas.height),
            media(VIDEO_TIMESCALE, 0, "vide", _empty_tables(_avc1(canvas, video_extradata))),
        ),
        track(track_header(2, 0, 0x0100, 0, 0), media(AUDIO_RATE, 0, "soun", _empty_tables(_mp4a(audio_config)))),
        box("mvex", *(full_box("trex", 0, 0, struct.pack(">5I", number, 1, 0, 0, 0)) for number in (1, 2))),
    )


def write_clip(out: BinaryIO, init: bytes, pictures: Iterator[Picture], sounds: Iterator[bytes], frames: int) -> None:
    """Write the init and one `moof`+`mdat` per segment; `sounds` are AAC frames without the priming one."""
    out.write(init)
    shown = heard = 0
    for number, count in enumerate(segment_frames(frames), start=1):
        video = [next(pictures) for _ in range(count)]
        audio = [next(sounds) for _ in range(aac_frames(count))]
        out.write(_fragment(number, shown, heard, video, audio))
        shown += count
        heard += len(audio)


def _fragment(number: int, shown: int, heard: int, video: list[Picture], audio: list[bytes]) -> bytes:
    if [i for i, picture in enumerate(video) if picture.keyframe] != list(range(0, len(video), GOP_FRAMES)):
        raise BadInput("the encoder put a key picture off its place")
    table = b"".join(
        struct.pack(">IIi", len(p.data), _SYNC if p.keyframe else _NON_SYNC, p.composition * FRAME_TICKS) for p in video
    )
    sizes = struct.pack(f">{len(audio)}I", *map(len, audio))

    def moof(video_offset: int, audio_offset: int) -> bytes:
        return box(
            "moof",
            full_box("mfhd", 0, 0, struct.pack(">I", number)),
            box(
                "traf",
                full_box("tfhd", 0, _DEFAULT_BASE_IS_MOOF | _DURATION_PRESENT, struct.pack(">II", 1, FRAME_TICKS)),
                full_box("tfdt", 1, 0, struct.pack(">Q", shown * FRAME_TICKS)),
                full_box("trun", 1, TRUN_FLAGS_VIDEO, struct.pack(">II", len(video), video_offset), table),
            ),
            box(
                "traf",
                full_box(
                    "tfhd",
                    0,
                    _DEFAULT_BASE_IS_MOOF | _DURATION_PRESENT | _FLAGS_PRESENT,
                    struct.pack(">III", 2, AAC_SAMPLES, _SYNC),
                ),
                full_box("tfdt", 1, 0, struct.pack(">Q", heard * AAC_SAMPLES)),
                full_box("trun", 0, TRUN_FLAGS_AUDIO, struct.pack(">II", len(audio), audio_offset), sizes),
            ),
        )

    start = len(moof(0, 0)) + 8
    pictures = b"".join(picture.data for picture in video)
    return moof(start, start + len(pictures)) + box("mdat", pictures, *audio)


# -- boxes the init and the virtual MP4 share -----------------------------------------------------


def movie_header(duration: int, next_track: int) -> bytes:
    """`mvhd` on the video's clock; `duration` in its ticks."""
    wide = duration >= 1 << 32
    times = struct.pack(">QQIQ" if wide else ">IIII", 0, 0, VIDEO_TIMESCALE, duration)
    rest = struct.pack(">IH10x", 0x10000, 0x0100)
    return full_box("mvhd", int(wide), 0, times, rest, IDENTITY_MATRIX, bytes(24), struct.pack(">I", next_track))


def track_header(number: int, duration: int, volume: int, width: int, height: int) -> bytes:
    """`tkhd`: enabled, in the movie; `duration` in the movie's ticks."""
    wide = duration >= 1 << 32
    times = struct.pack(">QQIIQ" if wide else ">IIIII", 0, 0, number, 0, duration)
    return full_box(
        "tkhd",
        int(wide),
        7,
        times,
        struct.pack(">8xHHHH", 0, 0, volume, 0),
        IDENTITY_MATRIX,
        struct.pack(">II", width << 16, height << 16),
    )


def track(header: bytes, media_box: bytes, edits: bytes = b"") -> bytes:
    """`trak` of its parts."""
    return box("trak", header, edits, media_box)


def media(timescale: int, duration: int, handler: str, tables: bytes) -> bytes:
    """`mdia`: clock, handler, and the sample tables."""
    wide = duration >= 1 << 32
    times = struct.pack(">QQIQ" if wide else ">IIII", 0, 0, timescale, duration)
    handler_box, information = _KINDS[handler]
    header = full_box("mdhd", int(wide), 0, times, _UND)
    return box("mdia", header, handler_box, box("minf", information, box("stbl", tables)))


def _kind(handler: str, header: bytes) -> tuple[bytes, bytes]:
    """What says that a track is picture or sound, and that its bytes are in this very file."""
    here = box("dinf", full_box("dref", 0, 0, struct.pack(">I", 1), full_box("url ", 0, 1)))
    return full_box("hdlr", 0, 0, bytes(4), handler.encode(), bytes(12), b"\x00"), header + here


_KINDS = {
    "vide": _kind("vide", full_box("vmhd", 0, 1, bytes(8))),
    "soun": _kind("soun", full_box("smhd", 0, 0, bytes(4))),
}


def _empty_tables(sample_entry: bytes) -> bytes:
    none = struct.pack(">I", 0)
    return b"".join(
        (
            full_box("stsd", 0, 0, struct.pack(">I", 1), sample_entry),
            full_box("stts", 0, 0, none),
            full_box("stsc", 0, 0, none),
            full_box("stsz", 0, 0, none, none),
            full_box("stco", 0, 0, none),
        )
    )


def _avc1(canvas: Canvas, extradata: bytes) -> bytes:
    sps, pps = parameter_sets(extradata)
    config = b"".join(
        (
            bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1)),
            struct.pack(">H", len(sps)),
            sps,
            b"\x01",
            struct.pack(">H", len(pps)),
            pps,
            # High profile adds: 4:2:0, 8 bits luma and chroma, no extensions.
            bytes((0xFD, 0xF8, 0xF8, 0)),
        )
    )
    return box(
        "avc1",
        struct.pack(">6xH16xHHIIIH32xHh", 1, canvas.width, canvas.height, 72 << 16, 72 << 16, 0, 1, 0x18, -1),
        box("avcC", config),
        box("colr", b"nclx", struct.pack(">HHHB", 1, 1, 1, 0)),
        box("pasp", struct.pack(">II", 1, 1)),
    )


def _mp4a(config: bytes) -> bytes:
    specific = _descriptor(0x05, config)
    decoder = _descriptor(0x04, struct.pack(">BBBHII", 0x40, 0x15, 0, 0, AUDIO_BPS, AUDIO_BPS), specific)
    stream = _descriptor(0x03, struct.pack(">HB", 0, 0), decoder, _descriptor(0x06, b"\x02"))
    return box(
        "mp4a",
        struct.pack(">6xH8xHH4xI", 1, 2, 16, AUDIO_RATE << 16),
        full_box("esds", 0, 0, stream),
    )


def _descriptor(tag: int, *parts: bytes) -> bytes:
    """A descriptor (ISO/IEC 14496-1, 7.2.2) shorter than 128 bytes."""
    body = b"".join(parts)
    return bytes((tag, len(body))) + body
