"""Faults in a storyboard's rules: senseless comparisons, choices nobody can get, people forgotten. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plugin.campaigns.choose import choose_in
from plugin.campaigns.combine import groups, rules_of
from plugin.campaigns.parse import Defect
from plugin.campaigns.partition import TooMany, kinds_of_people
from plugin.campaigns.rules import fields_of, holds
from plugin.campaigns.storyboard import All, Any, Compare, Not, Overlay, Rule, Scene, Storyboard
from plugin.fields.models import Field, FieldValue
from plugin.fields.read import Missing, Profile, read_value

_ORDERED = {"gt", "gte", "lt", "lte"}
_WEIGHTY = re.compile(
    r"credit|score|income|salary|wage|risk|eligib|insur|ethnic|race|religi|gender|\bsex|birth|\bage\b|health|disab"
    r"|nationality|citizen|marital|politic|union|crédito|ingresos|salario|riesgo|edad|salud",
    re.IGNORECASE,
)


def rule_defects(storyboard: Storyboard) -> Iterator[Defect]:
    """Every fault in the rules; whether something can happen is decided by going through all kinds of people."""
    fields = {field.name: field for field in storyboard.fields}
    for path, rule in _rules(storyboard):
        yield from _ill_formed(path, rule, fields)
        yield from _weighty(path, rule, fields)
    for at, scene in enumerate(storyboard.scenes):
        try:
            yield from _Reach(f"scenes[{at}]", scene, fields).defects()
        except TooMany:
            yield Defect(f"scenes[{at}]", "its rules ask about too much together to be checked: split it")
    for at, cta in enumerate(storyboard.ctas):
        try:
            if not any(holds(cta.when, person) for person in kinds_of_people(fields, [cta.when])):
                yield Defect(f"ctas[{at}].when", "is never true")
        except TooMany:
            yield Defect(f"ctas[{at}].when", "asks about too much to be checked: split it")
    yield from _nothing_to_show(storyboard)


def _rules(storyboard: Storyboard) -> Iterator[tuple[str, Rule]]:
    for at, scene in enumerate(storyboard.scenes):
        yield from _overlay_rules(f"scenes[{at}].overlays", scene.overlays)
        for number, choice in enumerate(scene.choices):
            path = f"scenes[{at}].choices[{number}]"
            if choice.when is not None:
                yield f"{path}.when", choice.when
            yield from _overlay_rules(f"{path}.overlays", choice.overlays)
    for at, cta in enumerate(storyboard.ctas):
        if cta.when is not None:
            yield f"ctas[{at}].when", cta.when


def _overlay_rules(path: str, overlays: Iterable[Overlay]) -> Iterator[tuple[str, Rule]]:
    for at, overlay in enumerate(overlays):
        if overlay.when is not None:
            yield f"{path}[{at}].when", overlay.when


# -- comparisons --------------------------------------------------------------


def _ill_formed(path: str, rule: Rule, fields: Mapping[str, Field]) -> Iterator[Defect]:
    for place, compare in _compares(path, rule):
        if compare.field not in fields:
            yield Defect(f"{place}.field", f"no field is named {compare.field!r}")
            continue
        field = fields[compare.field]
        if compare.op in _ORDERED and field.type not in {"number", "money", "date"}:
            yield Defect(f"{place}.op", f"{compare.op!r} needs a number or a date; {field.name!r} is a {field.type}")
        elif fault := _value_fault(compare, field):
            yield Defect(f"{place}.value", fault)


def _value_fault(compare: Compare, field: Field) -> str | None:
    if compare.op in {"known", "unknown"}:
        return None if compare.value is None else f"{compare.op!r} compares with nothing"
    if compare.op == "in":
        if not isinstance(compare.value, tuple) or not compare.value:
            return "'in' needs a list of values"
        values: tuple[FieldValue, ...] = compare.value
    elif isinstance(compare.value, tuple) or compare.value is None:
        return f"{compare.op!r} needs one value"
    else:
        values = (compare.value,)
    wrong = next((value for value in values if not _of_type(field, value)), None)
    if wrong is None:
        return None
    known = f" (one of {', '.join(field.choices)})" if field.type == "choice" else ""
    return f"{wrong!r} is no value of {field.name!r}, a {field.type}{known}"


def _of_type(field: Field, value: FieldValue) -> bool:
    """As JSON has it: a number is no text that looks like one, a date is `2026-11-21`."""
    read = read_value(field, value)
    if isinstance(read, Missing):
        return False
    return isinstance(read, str) is isinstance(value, str) and (field.type != "date" or read == value)


def _compares(path: str, rule: Rule) -> Iterator[tuple[str, Compare]]:
    match rule:
        case All():
            for at, part in enumerate(rule.all):
                yield from _compares(f"{path}.all[{at}]", part)
        case Any():
            for at, part in enumerate(rule.any):
                yield from _compares(f"{path}.any[{at}]", part)
        case Not():
            yield from _compares(f"{path}.not", rule.not_)
        case Compare():
            yield path, rule


def _weighty(path: str, rule: Rule, fields: Mapping[str, Field]) -> Iterator[Defect]:
    for name in fields_of(rule):
        field = fields.get(name)
        if field is None:
            continue
        words = [field.label] if isinstance(field.label, str) else list(field.label.values())
        if field.type == "money" or any(_WEIGHTY.search(text) for text in (name, field.source, *words)):
            yield Defect(
                path,
                f"looks at {name!r}: rules may choose what is shown, never set a price, a credit or who is eligible",
                warning=True,
            )


# -- what can happen ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reach:
    """What somebody can get of one scene."""

    path: str
    scene: Scene
    fields: Mapping[str, Field]

    def defects(self) -> Iterator[Defect]:
        scene = self.scene
        people = list(kinds_of_people(self.fields, rules_of(scene)))
        taken = {choice.id for person in people if (choice := choose_in(scene, person)) is not None}
        for at, choice in enumerate(scene.choices):
            if choice.id not in taken:
                yield Defect(f"{self.path}.choices[{at}]", f"nobody can get it: {self._why(at, people)}")
        last = scene.choices[-1]
        if last.when is not None and not scene.optional:
            yield Defect(
                f"{self.path}.choices[{len(scene.choices) - 1}].when",
                "the last choice is for everyone else and has no rule (or make the scene optional)",
            )
        if scene.optional and last.when is None:
            yield Defect(f"{self.path}.optional", "everyone gets this scene: its last choice has no rule", warning=True)
        yield from self._overlays(f"{self.path}.overlays", scene.overlays, None)
        for at, choice in enumerate(scene.choices):
            if choice.id in taken:
                yield from self._overlays(f"{self.path}.choices[{at}].overlays", choice.overlays, choice.id)

    def _why(self, at: int, people: list[Profile]) -> str:
        choices = self.scene.choices
        if any(choice.when is None for choice in choices[:at]):
            return "an earlier choice without a rule takes everyone"
        if not any(holds(choices[at].when, person) for person in people):
            return "its rule contradicts itself"
        return "earlier choices take everyone it is for"

    def _overlays(self, path: str, overlays: Iterable[Overlay], choice_id: str | None) -> Iterator[Defect]:
        for at, overlay in enumerate(overlays):
            if overlay.when is not None and not self._ever(overlay.when, choice_id):
                yield Defect(f"{path}[{at}].when", "is never true where it stands")

    def _ever(self, rule: Rule, choice_id: str | None) -> bool:
        for person in kinds_of_people(self.fields, [*rules_of(self.scene), rule]):
            choice = choose_in(self.scene, person)
            if choice is not None and choice_id in {None, choice.id} and holds(rule, person):
                return True
        return False


def _nothing_to_show(storyboard: Storyboard) -> Iterator[Defect]:
    try:
        # Groups don't depend on each other: if each may be left out whole, so may all of them at once.
        if all(any(not any(way) for way in group.ways) for group in groups(storyboard)):
            yield Defect("scenes", "some people would get no scene at all: let one stand for everyone")
    except TooMany:
        return
