"""Plans as a page shows them: facts in a row, the transcript in parts, the reasons; plain values, no HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.decisions.plan import FieldUse, Line, PlannedScene
from plugin.media.disclosure import Disclosure
from web.landing.words import clock_time, language_name, length_between
from web.player.present import disclosure_label
from web.texts import texts

_SENTENCE = re.compile(r"(?<=[.!?…。])\s+")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line that seeks to `start_s` when chosen."""

    start_s: float
    end_s: float
    time: str
    text: str
    on_screen: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One scene's share of the transcript, a chapter too."""

    id: str
    title: str
    start_s: float
    end_s: float
    time: str
    ai: str
    """What in it was made by AI, in words; empty when nothing was."""
    lines: tuple[ShownLine, ...]

    @property
    def opening(self) -> str:
        """The first sentence spoken in it, however captions cut it up."""
        spoken = " ".join(line.text for line in self.lines if not line.on_screen)
        return _SENTENCE.split(spoken, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands under the headline, before anything plays."""

    length: str
    captions: str
    ai_label: str
    """Empty when nothing was made by AI."""
    ai_notes: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the values are; `at` lets the page say it in the viewer's own time zone."""

    state: str
    """live | snapshot | fallback (the CRM was late and nothing was kept) | general (nothing was to be read)."""
    before: str
    after: str
    at: str
    """ISO 8601, or empty."""
    time: str


def parts(scenes: Iterable[PlannedScene], lines: Iterable[Line], words: Mapping[str, str]) -> tuple[Part, ...]:
    """The transcript by scene, every line of the plan in it exactly once and in order."""
    by_scene: dict[str, list[ShownLine]] = {}
    for line in sorted(lines, key=lambda line: line.start_s):
        shown = ShownLine(line.start_s, line.end_s, clock_time(line.start_s), line.text, line.kind == "overlay")
        by_scene.setdefault(line.scene_id, []).append(shown)
    return tuple(
        Part(
            scene.id,
            scene.title,
            scene.start_s,
            scene.start_s + scene.duration_s,
            clock_time(scene.start_s),
            _ai_words(scene, words),
            tuple(by_scene.get(scene.id, ())),
        )
        for scene in scenes
    )


def facts(lengths_s: tuple[float, float], language: str, disclosure: Disclosure, words: Mapping[str, str]) -> Facts:
    """Length (or the shortest and longest it can become), captions, and what AI made, in the viewer's words."""
    notes = ", ".join(disclosure.notes)
    return Facts(
        length=length_between(*lengths_s, words),
        captions=words["captions_in"].format(language=language_name(language, language)),
        ai_label=disclosure_label(disclosure, texts(language, "player")),
        ai_notes=words["ai_where"].format(notes=notes) if notes else "",
    )


def freshness(read_at: datetime | None, *, live: bool, asked: bool, source: str, words: Mapping[str, str]) -> Freshness:
    """'Values read just now from …', or as of when and why not now; `asked` is False when nothing was to be read."""
    state = freshness_state(read_at, live=live, asked=asked)
    if read_at is None:
        return Freshness(state, words[f"fresh_{state}"].format(source=source), "", "", "")
    before, _, after = words[f"fresh_{state}"].replace("{source}", source).partition("{time}")
    return Freshness(state, before, after, read_at.isoformat(timespec="seconds"), f"{read_at:%Y-%m-%d %H:%M} UTC")


def freshness_state(read_at: datetime | None, *, live: bool, asked: bool) -> str:
    """One word for it: see `Freshness.state`."""
    if read_at is None:
        return "fallback" if asked and not live else "general"
    return "live" if live else "snapshot"


def plain_transcript(shown: Iterable[Part]) -> str:
    """The words alone, for schema markup and for copying."""
    return "\n".join(line.text for part in shown for line in part.lines)


def _ai_words(scene: PlannedScene, words: Mapping[str, str]) -> str:
    if scene.ai.role == "none":
        return ""
    return scene.ai.note or words[f"ai_{scene.ai.role}"]


def used(fields: Iterable[FieldUse]) -> tuple[FieldUse, ...]:
    """The fields the plan looked at, each once."""
    return tuple({field.name: field for field in fields}.values())
