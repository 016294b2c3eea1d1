"""Renditions made by hand, with no media behind them, for what only looks at indices."""

from __future__ import annotations

import numpy as np

from plugin.media.assembly import AssemblyMedia, ClipMedia, RenditionMedia
from plugin.media.contract import CANVASES, aac_frames, segment_frames
from plugin.media.index import RenditionIndex, Segment
from plugin.media.timeline import AiRole, ClipFacts, Cue, Timeline

PEOPLE = AiRole("none", "", False)
INIT = b"init" * 250


def make_index(frames: int, *, seed: int = 1) -> RenditionIndex:
    """Sizes as if encoded, the same for the same seed."""
    dice = np.random.default_rng(seed)
    video = dice.integers(200, 9000, frames).astype(np.uint32)
    audio = dice.integers(100, 400, aac_frames(frames)).astype(np.uint32)
    segments, offset, shown, heard = [], len(INIT), 0, 0
    for count in segment_frames(frames):
        pictures = int(video[shown : shown + count].sum())
        sounds = int(audio[heard : heard + aac_frames(count)].sum())
        head = 1000
        segments.append(Segment(offset, head + pictures + sounds, count, offset + head, offset + head + pictures))
        offset += head + pictures + sounds
        shown += count
        heard += aac_frames(count)
    composition = np.array([0 if i % 48 == 0 else (2, -1, -1)[i % 3] for i in range(frames)], np.int8)
    return RenditionIndex(INIT, tuple(segments), video, composition, audio)


def make_part(name: str, frames: int, *, clip: int = 1, init: str = "a" * 64) -> RenditionMedia:
    canvas = next(canvas for canvas in CANVASES if canvas.name == name)
    index = make_index(frames, seed=clip * 10000 + canvas.height)
    return RenditionMedia(
        name=name,
        width=canvas.width,
        height=canvas.height,
        peak_bps=index.peak_bps,
        average_bps=index.average_bps,
        codecs="avc1.64001f,mp4a.40.2",
        key=f"{clip:032x}/{name}.mp4",
        size=index.size,
        init_sha256=init,
        index=index,
    )


def make_clip(
    number: int,
    frames: int,
    names: tuple[str, ...] = ("360p", "720p"),
    *,
    cues: tuple[Cue, ...] = (),
    ai: AiRole = PEOPLE,
) -> ClipMedia:
    facts = ClipFacts(f"clip-{number}", f"Clip {number}", "en", frames, cues, ai, f"{number:032x}/poster.jpg")
    return ClipMedia(facts, {name: make_part(name, frames, clip=number) for name in names})


def make_assembly(*clips: ClipMedia) -> AssemblyMedia:
    return AssemblyMedia(Timeline("assembly", tuple(clip.facts for clip in clips)), clips)
