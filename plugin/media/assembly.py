"""All that playlists and the virtual MP4 are made of: clips in order, with what lies where in their files. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugin.kernel.errors import NotFound
from plugin.media.index import RenditionIndex
from plugin.media.timeline import ClipFacts, Timeline


@dataclass(frozen=True, slots=True)
class RenditionMedia:
    """One rendition of one clip: where its bytes are and what lies where in them."""

    name: str
    width: int
    height: int
    peak_bps: int
    average_bps: int
    codecs: str
    key: str
    size: int
    init_sha256: str
    index: RenditionIndex


@dataclass(frozen=True, slots=True)
class ClipMedia:
    """A clip with its renditions by name, smallest first."""

    facts: ClipFacts
    renditions: Mapping[str, RenditionMedia]


@dataclass(frozen=True, slots=True)
class AssemblyMedia:
    """All that playlists and the virtual MP4 are made of."""

    timeline: Timeline
    clips: tuple[ClipMedia, ...]

    def rendition(self, name: str) -> tuple[RenditionMedia, ...]:
        """That rendition of each clip, in order; raises `NotFound` unless every clip has it."""
        if name not in self.common():
            raise NotFound("no such rendition")
        return tuple(clip.renditions[name] for clip in self.clips)

    def common(self) -> tuple[str, ...]:
        """The renditions every clip has with the same init, smallest first."""
        first = self.clips[0].renditions.values()
        return tuple(
            one.name
            for one in sorted(first, key=lambda one: one.height)
            if all(
                one.name in clip.renditions and clip.renditions[one.name].init_sha256 == one.init_sha256
                for clip in self.clips
            )
        )
