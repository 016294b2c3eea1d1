"""Immutable values an assembly is made from: clips in order, and where each one's bytes and samples lie. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

FRAME_RATE = 25
GRID_FRAMES = 8
"""0.32 s = 8 video frames = 15 AAC frames: where both end together."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A spoken line, in seconds of the clip (or of the timeline, once stitched)."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class AiRole:
    """How much of a clip a machine made: `none`, `modified` or `generated`, and what, in words."""

    role: str
    note: str
    voice_synthetic: bool


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a plan, a transcript and a page need to know of a clip; no bytes."""

    id: str
    title: str
    language: str
    frames: int
    cues: tuple[Cue, ...]
    ai: AiRole
    poster_key: str

    @property
    def duration_s(self) -> float:
        """Exact: frames over 25."""
        return self.frames / FRAME_RATE


@dataclass(frozen=True)
class Timeline:
    """Clips one after another."""

    assembly_id: str
    clips: tuple[ClipFacts, ...]

    @cached_property
    def starts_s(self) -> tuple[float, ...]:
        """When each clip begins, in seconds."""
        return starts([clip.frames for clip in self.clips])

    @property
    def duration_s(self) -> float:
        """Of the whole, in seconds."""
        return sum(clip.frames for clip in self.clips) / FRAME_RATE


def starts(frames: Sequence[int]) -> tuple[float, ...]:
    """Each clip's start in seconds: sums of whole frames, so nothing drifts."""
    total, out = 0, []
    for count in frames:
        out.append(total / FRAME_RATE)
        total += count
    return tuple(out)
