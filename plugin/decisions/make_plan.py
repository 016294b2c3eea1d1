"""One person's plan from the story and what is known of them. Pure and total: missing data never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from plugin.campaigns.choose import Chosen, choose, in_words, language_for
from plugin.campaigns.merge import merge
from plugin.campaigns.rules import fields_of, holds
from plugin.campaigns.storyboard import Choice, Cta, Localised, NumberOverlay, Rule, Scene, TextOverlay
from plugin.decisions.plan import FieldUse, Line, Plan, PlannedCta, PlannedOverlay, PlannedScene, Reason
from plugin.decisions.story import Story
from plugin.fields.format import format_value, isolated
from plugin.fields.models import in_language
from plugin.fields.read import Profile
from plugin.media.disclosure import strongest
from plugin.media.timeline import ClipFacts, starts

NameAssembly = Callable[[Sequence[str]], str]
"""Clip ids in order → the assembly's id."""


def make_plan(story: Story, profile: Profile, *, name_assembly: NameAssembly, language: str | None = None) -> Plan:
    """The video for this profile, in `language` when the story has it, else in the person's own.

    Scenes follow each other without a gap; overlays stay within their scene; whatever is drawn stands in the
    transcript with the same words; no text ever shows a field's name in braces or a gap where a value should be.
    """
    return _Planner(story, profile, language_for(story.storyboard, profile, language)).plan(name_assembly)


def greet(story: Story, profile: Profile, language: str) -> str:
    """The line over the page, by name when a name is known."""
    return _Planner(story, profile, language).greeting()


@dataclass
class _Planner:
    """One plan in the making; remembers every field it looks at."""

    story: Story
    profile: Profile
    language: str
    used: dict[str, None] = field(default_factory=dict)

    def plan(self, name_assembly: NameAssembly) -> Plan:
        board = self.story.storyboard
        self._use(board.language_field)
        ways = [(chosen, clip) for chosen in choose(board, self.profile) if (clip := self._clip(chosen.choice))]
        begins = starts([clip.frames for _, clip in ways])
        scenes = tuple(self._scene(chosen, clip, start_s) for (chosen, clip), start_s in zip(ways, begins, strict=True))
        overlays = tuple(
            planned
            for (chosen, _), scene in zip(ways, scenes, strict=True)
            for overlay in (*chosen.scene.overlays, *chosen.choice.overlays)
            if (planned := self._overlay(overlay, scene)) is not None
        )
        if len(scenes) < len(board.scenes):
            self._use(*(name for scene in board.scenes for name in _left_out_by(scene, scenes)))
        greeting = self.greeting()
        ctas = tuple(self._cta(cta, scenes) for cta in board.ctas if self._holds(cta.when))
        return Plan(
            assembly_id=name_assembly([clip.id for _, clip in ways]),
            language=self.language,
            title=self._words(board.title),
            greeting=greeting,
            duration_s=sum(clip.frames for _, clip in ways) / 25,
            scenes=scenes,
            overlays=overlays,
            ctas=ctas,
            transcript=_transcript(self.story, scenes, overlays),
            disclosure=strongest(clip.ai for _, clip in ways),
            fields=tuple(self._field_use(name) for name in self.used if name in self.story.fields),
        )

    def greeting(self) -> str:
        board = self.story.storyboard
        return self._merged(board.greeting) or self._words(board.greeting_otherwise)

    # -- scenes ---------------------------------------------------------------

    def _clip(self, choice: Choice) -> ClipFacts | None:
        names = (choice.clips.get(self.language), choice.clips.get(self.story.default_language), *choice.clips.values())
        return next((self.story.clips[name] for name in names if name and name in self.story.clips), None)

    def _scene(self, chosen: Chosen, clip: ClipFacts, start_s: float) -> PlannedScene:
        looked_at = self.story.looked_at[chosen.scene.id, chosen.choice.id]
        self._use(*looked_at)
        return PlannedScene(
            id=chosen.scene.id,
            title=self._words(chosen.scene.title),
            clip_id=clip.id,
            start_s=start_s,
            duration_s=clip.duration_s,
            reason=Reason(self._words(chosen.choice.because), chosen.choice.id, looked_at),
            ai=clip.ai,
        )

    # -- overlays -------------------------------------------------------------

    def _overlay(self, overlay: TextOverlay | NumberOverlay, scene: PlannedScene) -> PlannedOverlay | None:
        from_s = scene.start_s + min(overlay.from_s, scene.duration_s)
        to_s = scene.start_s + min(overlay.to_s, scene.duration_s)
        if from_s >= to_s or not self._holds(overlay.when):
            return None
        if isinstance(overlay, TextOverlay):
            return self._text(overlay, scene, from_s, to_s)
        return self._number(overlay, scene, from_s, to_s)

    def _text(self, overlay: TextOverlay, scene: PlannedScene, from_s: float, to_s: float) -> PlannedOverlay | None:
        text = self._merged(overlay.text)
        if text is None and overlay.otherwise is not None:
            text = self._merged(overlay.otherwise)
        if not text:
            return None
        return PlannedOverlay(
            id=f"{scene.id}.{overlay.id}",
            kind="text",
            text=text,
            spoken=text,
            number=None,
            decimals=0,
            currency=None,
            count_up=False,
            from_s=from_s,
            to_s=to_s,
            box=overlay.box,
            look=overlay.look,
        )

    def _number(self, overlay: NumberOverlay, scene: PlannedScene, from_s: float, to_s: float) -> PlannedOverlay | None:
        self._use(overlay.field)
        value = self.profile.value(overlay.field)
        declared = self.story.fields.get(overlay.field)
        if declared is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        text = format_value(declared, value, self.language, overlay.decimals)
        return PlannedOverlay(
            id=f"{scene.id}.{overlay.id}",
            kind="number",
            text=text,
            spoken=self._merged(overlay.caption, {overlay.field: text}) or text,
            number=float(value),
            decimals=overlay.decimals,
            currency=declared.currency,
            count_up=overlay.count_up,
            from_s=from_s,
            to_s=to_s,
            box=overlay.box,
            look=overlay.look,
        )

    # -- buttons --------------------------------------------------------------

    def _cta(self, cta: Cta, scenes: Iterable[PlannedScene]) -> PlannedCta:
        scene = next((scene for scene in scenes if scene.id == cta.scene), None)
        from_s = to_s = None
        if scene is not None and cta.from_s < scene.duration_s:
            end_s = scene.duration_s if cta.to_s is None else min(cta.to_s, scene.duration_s)
            if end_s > cta.from_s:
                from_s, to_s = scene.start_s + cta.from_s, scene.start_s + end_s
        return PlannedCta(cta.id, self._words(cta.label), cta.url, cta.primary, from_s, to_s)

    # -- words ----------------------------------------------------------------

    def _words(self, text: Localised) -> str:
        return in_words(text, self.language, self.story.default_language)

    def _merged(self, text: Localised, given: dict[str, str] | None = None) -> str | None:
        return merge(self._words(text), lambda name: (given or {}).get(name) or self._said(name))

    def _said(self, name: str) -> str | None:
        self._use(name)
        value = self.profile.value(name)
        if value is None or name not in self.story.fields:
            return None
        return isolated(format_value(self.story.fields[name], value, self.language), self.language)

    def _holds(self, rule: Rule | None) -> bool:
        if rule is None:
            return True
        self._use(*fields_of(rule))
        return holds(rule, self.profile)

    # -- what was looked at ---------------------------------------------------

    def _use(self, *names: str | None) -> None:
        self.used.update((name, None) for name in names if name is not None)

    def _field_use(self, name: str) -> FieldUse:
        held = self.profile.held.get(name)
        used_fallback = held is not None and held.used_fallback
        return _field_use(self.story, name, self.language, self.profile.known(name), used_fallback)


@lru_cache(4096)
def _field_use(story: Story, name: str, language: str, known: bool, used_fallback: bool) -> FieldUse:
    declared, default = story.fields[name], story.default_language
    return FieldUse(
        name=name,
        label=in_language(declared.label, language, default),
        purpose=in_language(declared.purpose, language, default),
        source=declared.source,
        known=known,
        used_fallback=used_fallback,
    )


@lru_cache(4096)
def _spoken(story: Story, clip_id: str, scene_id: str, start_s: float) -> tuple[Line, ...]:
    """What is said in a clip that starts at `start_s`."""
    clip = story.clips_by_id[clip_id]
    return tuple(
        Line(
            start_s + min(max(cue.start_s, 0.0), clip.duration_s),
            start_s + min(max(cue.end_s, cue.start_s, 0.0), clip.duration_s),
            cue.text,
            "speech",
            scene_id,
        )
        for cue in clip.cues
    )


def _left_out_by(scene: Scene, planned: Iterable[PlannedScene]) -> Iterable[str]:
    """The fields that kept an optional scene out of the plan; none when it is in."""
    if all(scene.id != one.id for one in planned):
        for choice in scene.choices:
            yield from fields_of(choice.when)


def _transcript(story: Story, scenes: Sequence[PlannedScene], overlays: Iterable[PlannedOverlay]) -> tuple[Line, ...]:
    spoken = [line for scene in scenes for line in _spoken(story, scene.clip_id, scene.id, scene.start_s)]
    drawn = [
        Line(overlay.from_s, overlay.to_s, overlay.spoken, "overlay", overlay.id.partition(".")[0])
        for overlay in overlays
    ]
    # Stable: at one moment, what is said comes before what is drawn.
    return tuple(sorted(spoken + drawn, key=lambda line: line.start_s))
