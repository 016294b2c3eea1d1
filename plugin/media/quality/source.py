"""What only the file a clip is made of can show: looked for while ingest decodes it anyway."""

from __future__ import annotations

from typing import Any

from plugin.media.quality.detail import Detail
from plugin.media.quality.frames import Picture, levels, luma_of, smaller
from plugin.media.quality.report import Finding, found
from plugin.media.quality.sound import Clips


class SourceWatch:
    """Levelling hides clipped sound, and scaling smears two fields into one."""

    def __init__(self) -> None:
        self._clips = Clips()
        self._detail = Detail()

    def sound(self, frame: Any) -> None:
        """The next sound, as decoded."""
        self._clips.add(frame)

    def picture(self, frame: Any) -> None:
        """The next picture, as decoded."""
        luma = luma_of(frame)
        at_s = float(frame.pts * frame.time_base)
        self._detail.add(Picture(at_s, luma, smaller(luma), *levels(frame), frame))

    def findings(self, height: int) -> tuple[Finding, ...]:
        """What is past a limit in a film of that many lines."""
        return (
            *self._clips.findings(in_source=True),
            *self._detail.findings(height, in_source=True),
            *found("resolution", height, f"It had {height} lines; the smallest clip has 360.", in_source=True),
        )
