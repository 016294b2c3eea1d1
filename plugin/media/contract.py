"""The clip contract: what every clip is, so that any can follow any other without a seam. Numbers and names only."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from plugin.media.timeline import FRAME_RATE, GRID_FRAMES

VIDEO_TIMESCALE = 12800
FRAME_TICKS = VIDEO_TIMESCALE // FRAME_RATE
AUDIO_RATE = 48000
AAC_SAMPLES = 1024
"""Samples in one AAC frame (ISO/IEC 14496-3)."""
AUDIO_BPS = 128_000
GOP_FRAMES = 48
"""1.92 s = 90 AAC frames, so that every segment ends on both clocks."""
TAIL_FRAMES = 24
"""A last segment shorter than this joins the one before it."""
LOUDNESS_LUFS = -16.0
TRUE_PEAK_DBTP = -1.5
SILENCE_LUFS = -50.0
"""Quieter sound is left as it is: silence stays silence."""
OVERHANG_S = 0.06
"""Sound that outlasts the picture by less is a codec's padding and doesn't lengthen the clip."""
EDGE_SILENCE = 512
EDGE_RAMP = 1024
"""Samples at both ends (10.7 ms silent, then a 21 ms ramp), so that a joint can't click."""

MAX_SECONDS = 600
MAX_SIDE = 4096
MAX_PIXELS = 4096 * 2304
MAX_FPS = 240
MAX_CHANNELS = 8
"""Of sound: 7.1. What reads frames of more reads past their end."""
MAX_HOLD_S = 30
"""A picture that stands longer is a damaged time, and would be encoded 25 times a second all the while."""
MAX_BYTES = 4 << 30
MAX_WORK = MAX_SECONDS * 30 * MAX_PIXELS
"""Pixels to be decoded in all: ten minutes of 4K; a file of a few kilobytes may claim far more."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One rendition's picture: always 16:9, other shapes are padded with black."""

    name: str
    width: int
    height: int
    level: str
    """Of H.264 High (ITU-T H.264, Annex A)."""
    peak_bps: int
    """Of the video buffer verifier; flat pictures stay far below."""


CANVASES = (
    Canvas("360p", 640, 360, "3.0", 800_000),
    Canvas("720p", 1280, 720, "3.1", 2_000_000),
    Canvas("1080p", 1920, 1080, "4.0", 4_000_000),
)

X264_PARAMS = ":".join(
    (
        f"keyint={GOP_FRAMES}",
        f"min-keyint={GOP_FRAMES}",
        "scenecut=0",
        "open-gop=0",
        "bframes=2",
        "b-pyramid=none",
        "ref=3",
        "stitchable=1",
        "force-cfr=1",
        "colorprim=bt709",
        "transfer=bt709",
        "colormatrix=bt709",
    )
)


def canvases_for(height: int) -> tuple[Canvas, ...]:
    """The renditions a source of this displayed height gets: none taller than itself, but always the smallest.

    The height is the displayed one (after rotation), so an upright phone video of 1080×1920 gets all three.
    """
    return tuple(canvas for canvas in CANVASES if canvas.height <= height) or CANVASES[:1]


def grid_frames(seconds: float) -> int:
    """Frames of a clip at least this long: rounded up to the 0.32 s grid; a thousandth of a frame too much is noise."""
    return max(1, ceil((seconds * FRAME_RATE - 1e-3) / GRID_FRAMES)) * GRID_FRAMES


def aac_frames(frames: int) -> int:
    """AAC frames that last exactly as long as `frames` pictures (a multiple of 8)."""
    return frames * 15 // GRID_FRAMES


def segment_frames(frames: int) -> tuple[int, ...]:
    """Pictures in each segment: whole GOPs, a short tail joined to the last."""
    whole, tail = divmod(frames, GOP_FRAMES)
    if not whole:
        return (tail,)
    if tail >= TAIL_FRAMES:
        return (GOP_FRAMES,) * whole + (tail,)
    return (GOP_FRAMES,) * (whole - 1) + (GOP_FRAMES + tail,)
