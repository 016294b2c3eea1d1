"""Faults between a storyboard and its clips: missing, in the wrong language, too short, not joinable. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from plugin.campaigns.combine import Group, combinations, count, durations_s, groups
from plugin.campaigns.parse import Defect
from plugin.campaigns.partition import TooMany
from plugin.campaigns.storyboard import Choice, Cta, Overlay, Scene, Storyboard
from plugin.media.assembly import AssemblyMedia, ClipMedia
from plugin.media.timeline import Timeline

LONGEST_S = 600
"""A video nobody asked for is not longer than ten minutes."""
CHECKED_AT_MOST = 5_000
"""Whole videos put together, at most, to see whether they join."""
_SLACK = 1e-6


def clip_defects(storyboard: Storyboard, clips: Mapping[str, ClipMedia]) -> Iterator[Defect]:
    """Every fault; `clips` are those that may be used, by name."""
    complete = True
    for path, choice in _choices(storyboard):
        for defect in _choice_defects(path, choice, storyboard.languages, clips):
            complete &= defect.warning
            yield defect
    yield from _time_defects(storyboard, clips)
    if complete:
        yield from _join_defects(storyboard, clips)


def _choices(storyboard: Storyboard) -> Iterator[tuple[str, Choice]]:
    for at, scene in enumerate(storyboard.scenes):
        for number, choice in enumerate(scene.choices):
            yield f"scenes[{at}].choices[{number}]", choice


def _choice_defects(
    path: str, choice: Choice, languages: Iterable[str], clips: Mapping[str, ClipMedia]
) -> Iterator[Defect]:
    for language in languages:
        if language not in choice.clips:
            yield Defect(f"{path}.clips", f"{language!r} is missing")
    for language, name in choice.clips.items():
        place = f"{path}.clips.{language}"
        if language not in languages:
            yield Defect(place, "is none of the storyboard's languages", warning=True)
        elif name not in clips:
            yield Defect(place, f"no clip is named {name!r}, or it was withdrawn")
        elif clips[name].facts.language.split("-")[0].lower() != language.split("-")[0].lower():
            yield Defect(place, f"the clip {name!r} is in {clips[name].facts.language!r}")


# -- time ---------------------------------------------------------------------


def _time_defects(storyboard: Storyboard, clips: Mapping[str, ClipMedia]) -> Iterator[Defect]:
    for at, scene in enumerate(storyboard.scenes):
        yield from _overlay_defects(f"scenes[{at}].overlays", scene.overlays, shortest_s(scene.choices, clips))
        for number, choice in enumerate(scene.choices):
            path = f"scenes[{at}].choices[{number}].overlays"
            yield from _overlay_defects(path, choice.overlays, shortest_s([choice], clips))
    scenes = {scene.id: scene for scene in storyboard.scenes}
    for at, cta in enumerate(storyboard.ctas):
        yield from _cta_defects(f"ctas[{at}]", cta, scenes, clips)


def _overlay_defects(path: str, overlays: Iterable[Overlay], end_s: float | None) -> Iterator[Defect]:
    for at, overlay in enumerate(overlays):
        place = f"{path}[{at}]"
        if overlay.from_s >= overlay.to_s:
            yield Defect(f"{place}.to_s", "ends before it begins")
        elif end_s is not None and overlay.to_s > end_s + _SLACK:
            yield Defect(f"{place}.to_s", f"stays until {overlay.to_s:g} s; the shortest clip ends at {end_s:g} s")
        box = overlay.box
        if box.x + box.width > 1 + _SLACK or box.y + box.height > 1 + _SLACK:
            yield Defect(f"{place}.box", "reaches out of the picture")
        if box.width == 0 or box.height == 0:
            yield Defect(f"{place}.box", "has no room")


def _cta_defects(path: str, cta: Cta, scenes: Mapping[str, Scene], clips: Mapping[str, ClipMedia]) -> Iterator[Defect]:
    if cta.scene is None:
        return
    if cta.scene not in scenes:
        yield Defect(f"{path}.scene", f"no scene is named {cta.scene!r}")
        return
    end_s = shortest_s(scenes[cta.scene].choices, clips)
    if cta.to_s is not None and cta.to_s <= cta.from_s:
        yield Defect(f"{path}.to_s", "ends before it begins")
    elif end_s is not None and max(cta.from_s, cta.to_s or 0) > end_s + _SLACK:
        key = "to_s" if cta.to_s else "from_s"
        yield Defect(f"{path}.{key}", f"lies outside its scene; the shortest clip ends at {end_s:g} s")


def shortest_s(choices: Iterable[Choice], clips: Mapping[str, ClipMedia]) -> float | None:
    """The length of the shortest clip these choices may show, in seconds; None when none is known."""
    lengths = [clips[name].facts.duration_s for choice in choices for name in choice.clips.values() if name in clips]
    return min(lengths, default=None)


# -- joining ------------------------------------------------------------------


def _join_defects(storyboard: Storyboard, clips: Mapping[str, ClipMedia]) -> Iterator[Defect]:
    try:
        together = groups(storyboard)
    except TooMany:
        return
    lengths = {name: clip.facts.duration_s for name, clip in clips.items()}
    for language, (_, most) in durations_s(storyboard, lengths).items():
        if most > LONGEST_S:
            yield Defect("scenes", f"in {language!r} somebody would get {most:g} s; a video has {LONGEST_S} s at most")
        everything = [clips[choice.clips[language]] for _, choice in _choices(storyboard)]
        # What all clips share, every video of them shares; only else is it worth looking at each.
        if not _joinable(everything) and (names := _unjoinable(together, language, clips)):
            yield Defect("scenes", f"these clips share no rendition and can't be joined: {names}")


def _unjoinable(together: Sequence[Group], language: str, clips: Mapping[str, ClipMedia]) -> str:
    """The names of clips somebody would get that can't be joined; empty when there are none."""
    if count(together) > CHECKED_AT_MOST:
        return "too many combinations to be sure, so give every clip the same renditions"
    for choices in combinations(together):
        if not _joinable([clips[choice.clips[language]] for choice in choices]):
            return ", ".join(choice.clips[language] for choice in choices)
    return ""


def _joinable(chosen: Sequence[ClipMedia]) -> bool:
    timeline = Timeline("", tuple(clip.facts for clip in chosen))
    return not chosen or bool(AssemblyMedia(timeline, tuple(chosen)).common())
