"""What one open resolved to: clips in order, overlays with their final words, buttons, the transcript, the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.campaigns.storyboard import Box, Look
from plugin.media.disclosure import Disclosure
from plugin.media.timeline import AiRole


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a scene is as it is: the rule's words and the fields it looked at (names, never values)."""

    because: str
    choice: str
    """The id of the way the scene went."""
    fields: tuple[str, ...]
    """Names; `Plan.fields` has their labels."""


@dataclass(frozen=True, slots=True)
class PlannedScene:
    """A scene with its clip, in seconds of the assembled video."""

    id: str
    title: str
    clip_id: str
    start_s: float
    duration_s: float
    reason: Reason
    ai: AiRole


@dataclass(frozen=True, slots=True)
class PlannedOverlay:
    """Words or a number over the picture, final and plain (never HTML), in seconds of the assembled video."""

    id: str
    """Unique in the plan: `<scene>.<overlay>`."""
    kind: str
    """text | number."""
    text: str
    """What stands there at the end (a number already formatted for the language)."""
    spoken: str
    """The line in the transcript."""
    number: float | None
    decimals: int
    currency: str | None
    count_up: bool
    from_s: float
    to_s: float
    box: Box
    look: Look


@dataclass(frozen=True, slots=True)
class PlannedCta:
    """A button; `from_s` None: only below the player."""

    id: str
    label: str
    url: str
    primary: bool
    from_s: float | None
    to_s: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript; activating it seeks to `start_s`."""

    start_s: float
    end_s: float
    text: str
    kind: str
    """speech | overlay."""
    scene_id: str


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field the plan looked at: for 'Why this?'."""

    name: str
    label: str
    purpose: str
    source: str
    """Its path in the CRM record."""
    known: bool
    """The record holds a usable value."""
    used_fallback: bool
    """It doesn't, and the fallback stood in."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One person's video, as it is now."""

    assembly_id: str
    language: str
    title: str
    greeting: str
    duration_s: float
    """Exact: the clips' frames over 25."""
    scenes: tuple[PlannedScene, ...]
    overlays: tuple[PlannedOverlay, ...]
    ctas: tuple[PlannedCta, ...]
    transcript: tuple[Line, ...]
    disclosure: Disclosure
    fields: tuple[FieldUse, ...]


@dataclass(frozen=True, slots=True)
class OpenedVideo:
    """An open, ready for the page."""

    open_id: str
    campaign_id: str
    recipient_id: str
    plan: Plan
    profile_read_at: datetime | None
    """When the values were read; None: only fallbacks."""
    live: bool
    """The values were read from the CRM for this open."""
    version_id: str
    """The storyboard version it was decided by."""
