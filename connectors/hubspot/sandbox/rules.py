"""An admin's own validation rules: since 2026-09 they hold for writes by API, whatever those set."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connectors.hubspot.sandbox.problems import Detail, detail


@dataclass(frozen=True, slots=True)
class Rule:
    """What a property of every record of a type must be like."""

    property: str
    message: str
    pattern: str | None = None
    """A regular expression the whole value must match, when there is a value."""
    required: bool = False
    longest: int | None = None

    def broken(self, values: Mapping[str, str]) -> bool:
        """Whether these values break it."""
        value = values.get(self.property, "")
        if not value:
            return self.required
        if self.longest is not None and len(value) > self.longest:
            return True
        return self.pattern is not None and re.fullmatch(self.pattern, value) is None


class Rules:
    """The rules of a portal, by object type."""

    def __init__(self) -> None:
        self._held: dict[str, list[Rule]] = {}

    @property
    def types(self) -> Collection[str]:
        """The object types that have rules."""
        return self._held.keys()

    def add(self, type_name: str, rule: Rule) -> None:
        """From now on every write of this type must keep it."""
        self._held.setdefault(type_name, []).append(rule)

    def clear(self) -> None:
        """No rules."""
        self._held.clear()

    def broken(self, type_name: str, values: Mapping[str, str]) -> list[Detail]:
        """What these values, as they would be, break."""
        held = self._held.get(type_name)
        if not held:
            return []
        return [
            detail(rule.message, "PROPERTY_RULE_VIOLATION", propertyName=rule.property)
            for rule in held
            if rule.broken(values)
        ]
