"""From what a CRM holds to what a storyboard may use: every value typed, or missing with the reason. Pure, and total.

A value is read strictly, because a wrong number is worse than none: `1250` and `"1250"` are numbers, `"1,250"` is not
(it is 1.25 in Madrid). Nothing here raises, whatever the record holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from plugin.fields.models import Field, FieldValue, Tier

TEXT_LIMIT = 200
"""Characters of a text value that are shown; the rest is cut with an ellipsis."""
NUMBER_LIMIT = 10**15
"""Beyond it a float no longer counts in ones."""
_TIERS: dict[Tier, int] = {"public": 0, "link": 1, "verified": 2}
_NUMBER = re.compile(r"[+-]?\d{1,16}(\.\d{1,20})?")
_EPOCH_MS = re.compile(r"-?\d{9,15}")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}.*)?")
# Directional overrides and isolates (UAX 9) can turn the page's own words round; tag characters hide text from people.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
# These are letters or symbols by their category, yet draw nothing: what people type to have no name.
_HOLLOW = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_BRACKETED = re.compile(r"\[[^\[\]]*\]|<[^<>]*>|%+[^%]+%+|\*\|.*\|\*")
# What software and testers leave behind. Exact, because Null, Nan and Test are also people's names.
_LEFT_BEHIND = re.compile(
    r"#?n/a|#?N/A|null|NULL|\(null\)|nil|[Nn]one|undefined|nan|NaN|NAN|TBD|tbd|TODO|test|TEST|[xX]{3,}"
    r"|(?i:(first|last|full)[ _-]?name)"
)


class Missing(StrEnum):
    """Why a field has no value of its own."""

    ABSENT = "absent"
    """The record has no such value."""
    BLANK = "blank"
    """Nothing a person could read: spaces, or punctuation alone."""
    PLACEHOLDER = "placeholder"
    """`{{first_name}}`, `[First Name]`, `N/A`: a template's leftovers, not a person's data."""
    WRONG_TYPE = "wrong_type"
    NOT_A_CHOICE = "not_a_choice"
    HIDDEN = "hidden"
    """The viewer has not proved enough to see it."""


@dataclass(frozen=True, slots=True)
class Held:
    """One field as it stands for this person."""

    value: FieldValue
    """What to use: the record's value, else the fallback, else None."""
    missing: Missing | None
    """Why the record's own value can't be used; None: it can."""

    @property
    def used_fallback(self) -> bool:
        """The fallback stands in."""
        return self.missing is not None and self.value is not None


@dataclass(frozen=True, slots=True)
class Profile:
    """Every declared field of one person, by name."""

    held: Mapping[str, Held]

    def value(self, name: str) -> FieldValue:
        """What stands for the field: its value, its fallback or None."""
        held = self.held.get(name)
        return None if held is None else held.value

    def known(self, name: str) -> bool:
        """The record itself holds a usable value."""
        held = self.held.get(name)
        return held is not None and held.missing is None


def read_fields(fields: Iterable[Field], values: Mapping[str, Any], *, seen_at: Tier = "link") -> Profile:
    """The profile a viewer of tier `seen_at` may be shown, from a record's values by source path."""
    return Profile({field.name: _held(field, values, seen_at) for field in fields})


def visible(fields: Iterable[Field], seen_at: Tier = "link") -> tuple[Field, ...]:
    """The fields a viewer of this tier may be shown: no other is even read."""
    return tuple(field for field in fields if _TIERS[field.tier] <= _TIERS[seen_at])


def fallback_of(field: Field) -> FieldValue:
    """The field's fallback as its type reads it; None when there is none or it is of another type."""
    return None if field.fallback is None else _usable(field, field.fallback)


def read_value(field: Field, raw: object) -> FieldValue | Missing:
    """One raw value as the field's type has it, or why it can't be used."""
    if raw is None:
        return Missing.ABSENT
    if isinstance(raw, str):
        raw = clean(raw)
        if _blank(raw):
            return Missing.BLANK
    return _READERS[field.type](field, raw)


def clean(text: str) -> str:
    """One line of visible text: composed (NFC), without control, override, tag or surrogate characters, trimmed."""
    text = _UNSEEN.sub("", text[: TEXT_LIMIT * 8])
    if not text.isprintable():
        text = "".join(" " if character.isspace() else character for character in text if _drawn(character))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _held(field: Field, values: Mapping[str, Any], seen_at: Tier) -> Held:
    if _TIERS[field.tier] > _TIERS[seen_at]:
        return Held(fallback_of(field), Missing.HIDDEN)
    found = read_value(field, values.get(field.source))
    return Held(fallback_of(field), found) if isinstance(found, Missing) else Held(found, None)


def _usable(field: Field, raw: object) -> FieldValue:
    found = read_value(field, raw)
    return None if isinstance(found, Missing) else found


def _drawn(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}


def _blank(text: str) -> bool:
    return not any(unicodedata.category(character)[0] in "LNS" and character not in _HOLLOW for character in text)


def _text(_field: Field, raw: object) -> FieldValue | Missing:
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < NUMBER_LIMIT:
        return str(raw)
    if not isinstance(raw, str):
        return Missing.WRONG_TYPE
    if "{" in raw or "}" in raw or _LEFT_BEHIND.fullmatch(raw) or _BRACKETED.fullmatch(raw):
        return Missing.PLACEHOLDER
    return raw if len(raw) <= TEXT_LIMIT else raw[: TEXT_LIMIT - 1].rstrip() + "…"


def _number(_field: Field, raw: object) -> FieldValue | Missing:
    if isinstance(raw, bool):
        return Missing.WRONG_TYPE
    if isinstance(raw, str) and _NUMBER.fullmatch(raw) and raw.isascii():
        raw = float(raw) if "." in raw else int(raw)
    elif isinstance(raw, Decimal) and raw.is_finite() and abs(raw) < NUMBER_LIMIT:
        raw = float(raw)
    # The comparison is false for NaN and for both infinities.
    if not isinstance(raw, int | float) or not -NUMBER_LIMIT < raw < NUMBER_LIMIT:
        return Missing.WRONG_TYPE
    return int(raw) if raw == int(raw) else raw


def _date(_field: Field, raw: object) -> FieldValue | Missing:
    found = _as_date(raw)
    return found.isoformat() if found and 1900 <= found.year < 2200 else Missing.WRONG_TYPE


def _as_date(raw: object) -> date | None:
    """ISO 8601 dates and date-times (the day as written), and milliseconds since 1970 as HubSpot gives them."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and (match := _DATE.fullmatch(raw)):
        try:
            return date.fromisoformat(match[1])
        except ValueError:
            return None
    if isinstance(raw, str) and _EPOCH_MS.fullmatch(raw) and raw.isascii():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 10**8 <= abs(raw) < 10**13:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=raw)).date()


def _choice(field: Field, raw: object) -> FieldValue | Missing:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return Missing.WRONG_TYPE
    sought = str(raw).casefold() if isinstance(raw, str) else _digits(raw)
    return next((choice for choice in field.choices if clean(choice).casefold() == sought), Missing.NOT_A_CHOICE)


def _digits(raw: int) -> str:
    # Python refuses to print integers of thousands of digits.
    return str(raw) if abs(raw) < NUMBER_LIMIT else ""


def _boolean(_field: Field, raw: object) -> FieldValue | Missing:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in {"true", "false"}:
        return raw.lower() == "true"
    return Missing.WRONG_TYPE


_READERS = {
    "text": _text,
    "number": _number,
    "money": _number,
    "date": _date,
    "choice": _choice,
    "boolean": _boolean,
}
