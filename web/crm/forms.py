"""Between a contact's properties and the inputs a person types in: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from connectors.local import contacts
from plugin.kernel.errors import BadInput

_FIRST = ("first_name", "last_name", "email", "company", "phone", "language", "tier")
_PREFIX = "p."
_LONG = 80
# A browser refuses to send an e-mail input it can't read, so a record that holds something else gets a plain one.
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_SAMPLES: Mapping[str, object] = {"number": 0, "flag": True, "date": "2026-01-01", "text": ""}


@dataclass(frozen=True, slots=True)
class Field:
    """One property as an input of the fitting kind: text | long | email | number | date | flag."""

    name: str
    label: str
    kind: str
    value: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed: changes that hold, and what is wrong by field name (`""` for the new property)."""

    changes: Mapping[str, Any]
    problems: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)


def fields(properties: Mapping[str, Any], typed: Typed | None = None) -> list[Field]:
    """A contact's properties in a steady order, the well-known first; with `typed`, what was typed and is wrong."""
    given, problems = (typed.given, typed.problems) if typed else ({}, {})
    return [
        Field(
            name,
            label(name),
            kind_of(name, properties.get(name)),
            given.get(name, text_of(properties.get(name))),
            problems.get(name),
        )
        for name in sorted(properties, key=_place)
    ]


def typed(form: MultiDict[str, str], properties: Mapping[str, Any]) -> Typed:
    """Read the inputs of a contact who holds `properties`; only what differs is a change, blank takes away."""
    given = {
        key.removeprefix(_PREFIX): values[-1].replace("\r\n", "\n")
        for key, values in form.lists()
        if key.startswith(_PREFIX) and key.removeprefix(_PREFIX) in properties
    }
    changes: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in given.items():
        if text != text_of(properties[name]):
            _read(name, text, properties[name], changes, problems)
    _read_new(form, properties, changes, problems)
    return Typed(changes, problems, given)


def label(name: str) -> str:
    """`renewal_price` as a person reads it."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def kind_of(name: str, value: object) -> str:
    """The kind of input for a value."""
    match value:
        case bool():
            return "flag"
        case int() | float():
            return "number"
        case str() if _is_date(value):
            return "date"
        case str() if "\n" in value or len(value) > _LONG:
            return "long"
        case str() if name == "email" and _EMAIL.fullmatch(value):
            return "email"
        case _:
            return "text"


def text_of(value: object) -> str:
    """A value as an input holds it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _read(name: str, text: str, held: object, changes: dict[str, Any], problems: dict[str, str]) -> None:
    try:
        if text.strip() and kind_of(name, held) == "date" and not _is_date(text.strip()):
            raise BadInput("a date is written 2026-11-21")
        value = contacts.like(held, text) if text.strip() else None
        changes |= contacts.checked({name: value})
    except BadInput as error:
        problems[name] = _said(str(error))


def _read_new(
    form: MultiDict[str, str], properties: Mapping[str, Any], changes: dict[str, Any], problems: dict[str, str]
) -> None:
    name = "_".join(form.get("new_name", "").lower().split())
    if not name:
        return
    if name in properties:
        problems[""] = f"{label(name)} is there already."
        return
    found: dict[str, str] = {}
    text = form.get("new_value", "")
    if not text.strip():
        problems[""] = "A new property needs a value."
        return
    _read(name, text, _SAMPLES.get(form.get("new_kind", "text"), ""), changes, found)
    if found:
        problems[""] = found[name]


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _place(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _said(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
