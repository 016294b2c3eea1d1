"""Rules as data, judged on a profile. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.campaigns.storyboard import All, Any, Compare, Not, Rule
from plugin.fields.models import FieldValue
from plugin.fields.read import Profile


def holds(rule: Rule | None, profile: Profile) -> bool:
    """Whether the rule is true of this person; no rule at all always is. Never raises."""
    match rule:
        case None:
            return True
        case All():
            return all(holds(part, profile) for part in rule.all)
        case Any():
            return any(holds(part, profile) for part in rule.any)
        case Not():
            return not holds(rule.not_, profile)
        case Compare():
            return _compares(rule, profile)


def fields_of(rule: Rule | None) -> tuple[str, ...]:
    """The names of the fields the rule looks at, in order, each once."""
    return tuple(dict.fromkeys(compare.field for compare in compares_in(rule)))


def compares_in(rule: Rule | None) -> Iterator[Compare]:
    """The rule's comparisons, in order."""
    match rule:
        case All():
            for part in rule.all:
                yield from compares_in(part)
        case Any():
            for part in rule.any:
                yield from compares_in(part)
        case Not():
            yield from compares_in(rule.not_)
        case Compare():
            yield rule


def _compares(rule: Compare, profile: Profile) -> bool:
    if rule.op in {"known", "unknown"}:
        return profile.known(rule.field) is (rule.op == "known")
    value = profile.value(rule.field)
    if value is None:
        return False
    match rule.op:
        case "eq":
            return same(value, rule.value)
        case "ne":
            return not same(value, rule.value)
        case "in":
            return isinstance(rule.value, tuple) and any(same(value, one) for one in rule.value)
        case _:
            return _ordered(rule.op, value, rule.value)


def same(value: FieldValue, sought: FieldValue | tuple[FieldValue, ...]) -> bool:
    """Equal and of one kind (True is not 1); words compare without regard to case."""
    if isinstance(value, str) and isinstance(sought, str):
        return value.casefold() == sought.strip().casefold()
    return isinstance(value, bool) is isinstance(sought, bool) and value == sought


def _ordered(op: str, value: FieldValue, bound: FieldValue | tuple[FieldValue, ...]) -> bool:
    order = _order(value, bound)
    if order is None:
        return False
    return {"gt": order > 0, "gte": order >= 0, "lt": order < 0, "lte": order <= 0}[op]


def _order(value: FieldValue, bound: FieldValue | tuple[FieldValue, ...]) -> int | None:
    """-1, 0 or 1; None for what has no order. Dates are ISO 8601, so their text is in order."""
    if isinstance(value, bool) or isinstance(bound, bool):
        return None
    if isinstance(value, int | float) and isinstance(bound, int | float):
        return (value > bound) - (value < bound)
    if isinstance(value, str) and isinstance(bound, str):
        return (value > bound) - (value < bound)
    return None
