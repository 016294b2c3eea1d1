"""The finitely many kinds of people a set of rules can tell apart, one example of each. Pure.

Rules compare fields with constants, so two values on the same side of every constant are the same to them: a number
field compared with 100 and 500 has seven kinds (missing, below, 100, between, 500, above …). Going through one
example of each kind decides exactly what can and can't happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise, product
from math import prod

from plugin.campaigns.rules import compares_in
from plugin.campaigns.storyboard import Compare, Rule
from plugin.fields.models import Field, FieldValue
from plugin.fields.read import Held, Missing, Profile, fallback_of, read_value

STATES_LIMIT = 40_000
"""Kinds of people gone through at most for scenes that hang together."""
_SOMETHING_ELSE = "\x00any other text"


class TooMany(Exception):
    """The rules tell more than `STATES_LIMIT` kinds of people apart."""


def kinds_of_people(fields: Mapping[str, Field], rules: Iterable[Rule | None]) -> Iterator[Profile]:
    """One profile for each kind of person these rules can tell apart; raises `TooMany`.

    Fields the rules don't name are left out, as are names no field has.
    """
    compares: dict[str, list[Compare]] = {}
    for rule in rules:
        for compare in compares_in(rule):
            if compare.field in fields:
                compares.setdefault(compare.field, []).append(compare)
    kinds = {name: _kinds(fields[name], asked) for name, asked in compares.items()}
    if prod(map(len, kinds.values())) > STATES_LIMIT:
        raise TooMany
    return (Profile(dict(zip(kinds, held, strict=True))) for held in product(*kinds.values()))


def _kinds(field: Field, asked: Sequence[Compare]) -> list[Held]:
    constants = [value for compare in asked for value in _constants(field, compare)]
    own = [Held(value, None) for value in _examples(field, constants)]
    return [Held(fallback_of(field), Missing.ABSENT), *own]


def _constants(field: Field, compare: Compare) -> list[FieldValue]:
    values = compare.value if isinstance(compare.value, tuple) else (compare.value,)
    read = (read_value(field, value) for value in values)
    return [value for value in read if not isinstance(value, Missing)]


def _examples(field: Field, constants: Sequence[FieldValue]) -> Sequence[FieldValue]:
    match field.type:
        case "boolean":
            return [True, False]
        case "choice":
            named = [choice for choice in field.choices if choice in constants]
            return named + [choice for choice in field.choices if choice not in constants][:1]
        case "number" | "money":
            return _numbers(sorted({value for value in constants if isinstance(value, int | float)}))
        case "date":
            return _dates(sorted({value for value in constants if isinstance(value, str)}))
        case _:
            return [*{str(value).casefold(): value for value in constants}.values(), _SOMETHING_ELSE]


def _numbers(bounds: list[int | float]) -> list[FieldValue]:
    if not bounds:
        return [0]
    between = [(low + high) / 2 for low, high in pairwise(bounds)]
    return [bounds[0] - 1, *bounds, *between, bounds[-1] + 1]


def _dates(bounds: list[str]) -> list[FieldValue]:
    if not bounds:
        return ["2000-01-01"]
    days = [date.fromisoformat(bound) for bound in bounds]
    day = timedelta(days=1)
    between = [low + day for low, high in pairwise(days) if high - low > day]
    return [one.isoformat() for one in (days[0] - day, *days, *between, days[-1] + day)]
