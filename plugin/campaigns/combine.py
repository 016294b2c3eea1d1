"""Every video a storyboard can become: which choices can stand together, how many, how long. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from plugin.campaigns.choose import choose_in
from plugin.campaigns.partition import TooMany, kinds_of_people
from plugin.campaigns.rules import fields_of
from plugin.campaigns.storyboard import Choice, Rule, Scene, Storyboard
from plugin.fields.models import Field

Ways = tuple[Choice | None, ...]
"""How some scenes go together; None: an optional scene that is left out."""


@dataclass(frozen=True, slots=True)
class Group:
    """Scenes whose rules look at the same fields, so that only some of their choices can stand together."""

    at: tuple[int, ...]
    """The scenes' places in the storyboard."""
    ways: tuple[Ways, ...]
    """Each way the scenes can go for somebody."""


def groups(storyboard: Storyboard) -> tuple[Group, ...]:
    """The storyboard's scenes in groups that don't depend on each other.

    Raises `TooMany` when one scene alone asks about more than can be gone through. Scenes that only together ask too
    much are taken one by one: then more ways are listed than can happen, never fewer.
    """
    fields = {field.name: field for field in storyboard.fields}
    found: list[Group] = []
    for together in _connected(storyboard.scenes):
        try:
            found.append(_group(storyboard, fields, together))
        except TooMany:
            if len(together) == 1:
                raise
            found += [_group(storyboard, fields, (at,)) for at in together]
    return tuple(found)


def count(together: Iterable[Group]) -> int:
    """How many different sequences of choices there are."""
    return prod(len(group.ways) for group in together)


def combinations(together: Sequence[Group]) -> Iterator[tuple[Choice, ...]]:
    """Each sequence of choices somebody can get, in the order of the scenes."""
    for ways in product(*(group.ways for group in together)):
        placed = {
            at: choice
            for group, way in zip(together, ways, strict=True)
            for at, choice in zip(group.at, way, strict=True)
            if choice is not None
        }
        yield tuple(placed[at] for at in sorted(placed))


def pairs(together: Sequence[Group]) -> tuple[tuple[Choice, Choice], ...]:
    """Each two choices one of which somebody sees right after the other, in the order of the scenes.

    Exact, and without going through every combination: between the two scenes all others have to be left out, and
    only groups that hold one of those scenes have a say in it.
    """
    places = sorted(at for group in together for at in group.at)
    out: list[tuple[Choice, Choice]] = []
    for first in places:
        for second in places:
            if second > first:
                out += _side_by_side(together, first, second)
    return tuple(out)


def _side_by_side(together: Sequence[Group], first: int, second: int) -> list[tuple[Choice, Choice]]:
    """The choices of two scenes that can follow each other with nothing between."""
    found: list[dict[int, Choice]] = [{}]
    for group in together:
        if not any(first <= at <= second for at in group.at):
            continue
        # Each way this group leaves out what lies between, by what it puts into the two scenes, if they are its own.
        fitting: dict[tuple[str, ...], dict[int, Choice]] = {}
        for way in group.ways:
            placed = dict(zip(group.at, way, strict=True))
            ends = {at: choice for at in (first, second) if (choice := placed.get(at)) is not None}
            own = [at for at in (first, second) if at in placed]
            if len(ends) == len(own) and not any(placed[at] for at in placed if first < at < second):
                fitting.setdefault(tuple(choice.id for choice in ends.values()), ends)
        found = [{**one, **other} for one in found for other in fitting.values()]
    return [(ends[first], ends[second]) for ends in found]


def durations_s(storyboard: Storyboard, clips_s: Mapping[str, float]) -> dict[str, list[float]]:
    """By language, the least and the most seconds a video can have; `clips_s` are the clips' lengths by name."""
    together = groups(storyboard)
    return {
        language: [round(sum(pick(_lengths(group, clips_s, language)) for group in together), 2) for pick in (min, max)]
        for language in storyboard.languages
    }


def rules_of(scene: Scene) -> list[Rule | None]:
    """The rules its choices are taken by."""
    return [choice.when for choice in scene.choices]


def _lengths(group: Group, clips_s: Mapping[str, float], language: str) -> list[float]:
    return [sum(clips_s[choice.clips[language]] for choice in way if choice is not None) for way in group.ways]


def _group(storyboard: Storyboard, fields: Mapping[str, Field], together: tuple[int, ...]) -> Group:
    scenes = [storyboard.scenes[at] for at in together]
    asked = [rule for scene in scenes for rule in rules_of(scene)]
    ways: dict[tuple[str | None, ...], Ways] = {}
    for person in kinds_of_people(fields, asked):
        way = tuple(choose_in(scene, person) or (None if scene.optional else scene.choices[-1]) for scene in scenes)
        ways.setdefault(tuple(choice.id if choice else None for choice in way), way)
    return Group(together, tuple(ways.values()))


def _connected(scenes: Sequence[Scene]) -> list[tuple[int, ...]]:
    """The scenes' places, together when a chain of shared fields joins them."""
    found: list[tuple[set[str], list[int]]] = []
    for at, scene in enumerate(scenes):
        names, places = {name for rule in rules_of(scene) for name in fields_of(rule)}, [at]
        apart = []
        for other_names, other_places in found:
            if names & other_names:
                names |= other_names
                places = other_places + places
            else:
                apart.append((other_names, other_places))
        found = [*apart, (names, places)]
    return sorted(tuple(sorted(places)) for _, places in found)
