"""HLS playlists over shared clip files (RFC 8216): byte ranges, a map per clip, a discontinuity at each joint. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil

from plugin.kernel.errors import BadInput
from plugin.media.assembly import AssemblyMedia, RenditionMedia
from plugin.media.index import RenditionIndex
from plugin.media.timeline import FRAME_RATE

Address = Callable[[str], str]
"""A rendition's name, or a store key, to the URL a player asks."""

_URL = "\x00"


def multivariant(media: AssemblyMedia, playlist_url: Address) -> str:
    """The playlist of playlists: one per rendition that every clip has, smallest first."""
    names = media.common()
    if not names:
        raise BadInput("these clips share no rendition")
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for name in names:
        parts = media.rendition(name)
        lines += [_variant(parts), playlist_url(name)]
    return "\n".join(lines) + "\n"


def media_playlist(parts: Sequence[RenditionMedia], clip_url: Address) -> str:
    """One rendition of the whole video: each clip's address stands once per segment, so sign it once per clip."""
    longest = max(segment.frames for part in parts for segment in part.index.segments)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{ceil(longest / FRAME_RATE)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    lines.append(
        "\n#EXT-X-DISCONTINUITY\n".join(_pattern(part.index).replace(_URL, clip_url(part.key)) for part in parts)
    )
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


@lru_cache(4096)
def _pattern(index: RenditionIndex) -> str:
    """One clip's lines, the same for everyone, with a hole for its address."""
    lines = [f'#EXT-X-MAP:URI="{_URL}",BYTERANGE="{len(index.init)}@0"']
    for segment in index.segments:
        lines += [f"#EXTINF:{segment.duration_s:g},", f"#EXT-X-BYTERANGE:{segment.size}@{segment.offset}", _URL]
    return "\n".join(lines)


def _variant(parts: Sequence[RenditionMedia]) -> str:
    frames = sum(part.index.frames for part in parts)
    average = round(sum(part.average_bps * part.index.frames for part in parts) / frames)
    first = parts[0]
    return (
        f"#EXT-X-STREAM-INF:BANDWIDTH={max(part.peak_bps for part in parts)},AVERAGE-BANDWIDTH={average},"
        f'CODECS="{first.codecs}",RESOLUTION={first.width}x{first.height},FRAME-RATE={FRAME_RATE:.3f}'
    )
