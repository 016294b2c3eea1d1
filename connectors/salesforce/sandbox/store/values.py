"""One field's value: taken from JSON or text with Salesforce's own complaints, and written back as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from connectors.salesforce.sandbox.answers import iso
from connectors.salesforce.sandbox.problems import Problem, unreadable
from connectors.salesforce.sandbox.schema.field import NUMERIC, Field
from connectors.salesforce.sandbox.store.ids import long_id

_EMAIL = re.compile(r"[^\s@,;<>()]+@[^\s@,;<>()]+\.[^\s@,;<>()]{2,}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_LONG_AGO = date(1700, 1, 1)
_FAR = date(4000, 12, 31)


def take(field: Field, given: Any) -> Any:
    """The value as it is kept; None for nothing. Raises a `Problem` that names the field."""
    if given is None or given == "":
        return _nothing(field, given)
    return _TAKE[field.kind](field, given)


def show(field: Field, value: Any) -> Any:
    """As an answer holds it."""
    if value is None:
        return False if field.kind == "boolean" else None
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def as_text(field: Field, value: Any) -> str:
    """As a CSV cell or a form holds it."""
    shown = show(field, value)
    if shown is None:
        return ""
    if isinstance(shown, bool):
        return str(shown).lower()
    return f"{shown:g}" if isinstance(shown, float) and abs(shown) < 1e15 and shown == int(shown) else str(shown)


def from_text(field: Field, given: str) -> Any:
    """The value in a CSV cell or a form, as JSON would have it."""
    if field.kind == "boolean" and given:
        return given.strip().lower() in ("true", "1", "yes", "on")
    if field.kind == "multipicklist":
        return ";".join(given.split("\n")) or None
    return given or None


def moment_of(text: str) -> datetime | None:
    """A moment with its zone, to the second; None when it is none."""
    if not _MOMENT.fullmatch(text):
        return None
    zoned = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text).replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(zoned).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def units(text: str) -> int:
    """Characters as Salesforce counts them: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _nothing(field: Field, given: Any) -> Any:
    if field.kind == "boolean":
        if given is None:
            raise Problem("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: ", 400, [])
        raise unreadable("boolean", "VALUE_STRING", "")
    if given == "" and field.kind in NUMERIC | {"date", "datetime"}:
        raise unreadable(_name(field), "VALUE_STRING", "")
    return None


def _text(field: Field, given: Any) -> str | None:
    if isinstance(given, bool) or not isinstance(given, str):
        raise unreadable("string", _token(given), given)
    # Line breaks of any kind are kept as one; white space at the ends isn't kept in one-line fields.
    kept = given.replace("\r\n", "\n") if field.kind == "textarea" else given.strip()
    if "\x00" in kept:
        raise Problem("JSON_PARSER_ERROR", "Illegal character ((CTRL-CHAR, code 0))")
    if units(kept) > field.length:
        words = f"{field.label}: data value too large: {kept[:255]} (max length={field.length})"
        raise Problem("STRING_TOO_LONG", words, 400, [field.name])
    return kept or None


def _email(field: Field, given: Any) -> str | None:
    kept = _text(field, given)
    if kept is not None and not _EMAIL.fullmatch(kept):
        words = f"{field.label}: invalid email address: {kept}"
        raise Problem("INVALID_EMAIL_ADDRESS", words, 400, [field.name])
    return kept


def _picked(field: Field, given: Any) -> str | None:
    kept = _text(field, given)
    if kept is None:
        return None
    match = next((option for option in field.options if option.lower() == kept.lower()), None)
    if match is None and field.restricted:
        words = f"{field.label}: bad value for restricted picklist field: {kept}"
        raise Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, 400, [field.name])
    return match or kept


def _picked_many(field: Field, given: Any) -> str | None:
    kept = _text(field, given) or ""
    chosen = [_picked(field, part) for part in kept.split(";") if part.strip()]
    return ";".join(option for option in field.options if option in chosen) or None


def _flag(_: Field, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return given.lower() == "true"
    raise unreadable("boolean", _token(given), given)


def _number(field: Field, given: Any) -> float | int:
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise ValueError
        found = float(given)
        if found != found or found in (float("inf"), float("-inf")):
            raise ValueError
    except ValueError:
        raise unreadable(_name(field), _token(given), given) from None
    if field.kind == "int":
        if found != int(found):
            raise unreadable("int", _token(given), given)
        return int(found)
    found = round(found, field.scale)
    if abs(found) >= 10.0 ** ((field.precision or 18) - field.scale):
        words = f"{field.label}: value outside of valid range on numeric field: {given}"
        raise Problem("NUMBER_OUTSIDE_VALID_RANGE", words, 400, [field.name])
    return found


def _day(field: Field, given: Any) -> date:
    try:
        if not isinstance(given, str):
            raise ValueError
        moment = moment_of(given)
        return _sane(field, moment.date() if moment else date.fromisoformat(given))
    except ValueError:
        raise unreadable("date", _token(given), given) from None


def _moment(field: Field, given: Any) -> datetime:
    found = moment_of(given) if isinstance(given, str) else None
    if found is None:
        raise unreadable("datetime", _token(given), given)
    _sane(field, found.date())
    return found


def _sane(field: Field, day: date) -> date:
    if not _LONG_AGO <= day <= _FAR:
        words = f"{field.label}: invalid date: {day.isoformat()}"
        raise Problem("INVALID_TYPE_ON_FIELD_IN_RECORD", words, 400, [field.name])
    return day


def _reference(field: Field, given: Any) -> str:
    found = long_id(given) if isinstance(given, str) else None
    if found is None:
        words = f"{field.label}: id value of incorrect type: {str(given)[:80]}"
        raise Problem("MALFORMED_ID", words, 400, [field.name])
    return found


def _token(given: Any) -> str:
    if isinstance(given, bool):
        return f"VALUE_{str(given).upper()}"
    if isinstance(given, dict):
        return "START_OBJECT"
    if isinstance(given, list):
        return "START_ARRAY"
    return {int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}.get(type(given), "VALUE_STRING")


def _name(field: Field) -> str:
    return field.kind


_TAKE: Mapping[str, Callable[[Field, Any], Any]] = {
    **dict.fromkeys(("string", "textarea", "phone", "url"), _text),
    **dict.fromkeys(("int", "double", "currency", "percent"), _number),
    "email": _email,
    "picklist": _picked,
    "multipicklist": _picked_many,
    "boolean": _flag,
    "date": _day,
    "datetime": _moment,
    "reference": _reference,
    "id": _reference,
}
