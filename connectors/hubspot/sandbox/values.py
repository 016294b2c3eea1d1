"""What a property's value may be, by its type: each is checked and kept as HubSpot's text. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

from connectors.hubspot.sandbox.clock import iso, seconds
from connectors.hubspot.sandbox.problems import bad_json

LONGEST = 65_536
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")


class BadValue(Exception):
    """A value its property doesn't take: HubSpot's code for that, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Check = Callable[[str], str]


def as_text(value: Any) -> str:
    """What was sent for a property as text, empty for null; raises `Problem` for a list or an object."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise bad_json("Cannot deserialize value of type `java.lang.String` from an object or array")


def check_for(definition: Mapping[str, Any]) -> Check:
    """The check that belongs to a property's definition."""
    if definition["name"] == "email":
        return _email
    kind = definition["type"]
    if kind == "enumeration":
        return _options(definition)
    return {"number": _number, "bool": _bool, "date": _date, "datetime": _datetime}.get(kind, any_text)


def any_text(text: str) -> str:
    """The check of a property that takes any text."""
    if len(text) > LONGEST:
        raise BadValue("PROPERTY_VALUE_TOO_LONG", f"the value is longer than {LONGEST} characters")
    return text


def _email(text: str) -> str:
    found = text.strip().lower()
    if not _EMAIL.match(found) or len(found) > 254:
        raise BadValue("INVALID_EMAIL", f"Email address {text[:100]} is invalid")
    return found


def _number(text: str) -> str:
    try:
        usable = isfinite(float(text)) and "_" not in text
    except ValueError:
        usable = False
    if not usable:
        raise BadValue("INVALID_NUMBER", f"{text[:100]} was not a valid number.")
    return text.strip()


def _bool(text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise BadValue("INVALID_OPTION", f"{text[:100]} was not one of the allowed options: [true, false]")
    return text.lower()


def _date(text: str) -> str:
    if _DAY.match(text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise BadValue("INVALID_DATE", f"{text} was not a valid date.") from None
    at = seconds(text)
    if at is None:
        raise BadValue("INVALID_DATE", f"{text[:100]} was not a valid date.")
    if at % 86_400:
        clock = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
        raise BadValue("INVALID_DATE", f"{text[:100]} is at {clock} UTC, not midnight!")
    return iso(at)[:10]


def _datetime(text: str) -> str:
    at = seconds(text)
    if at is None:
        raise BadValue("INVALID_DATE", f"{text[:100]} was not a valid date.")
    return iso(at)


def _options(definition: Mapping[str, Any]) -> Check:
    allowed = {option["value"] for option in definition["options"]}
    many = definition["fieldType"] == "checkbox"

    def check(text: str) -> str:
        for value in text.split(";") if many else [text]:
            if value not in allowed:
                named = ", ".join(sorted(allowed)[:50])
                raise BadValue("INVALID_OPTION", f"{value[:100]} was not one of the allowed options: [{named}]")
        return text

    return check
