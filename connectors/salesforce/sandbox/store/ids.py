"""Record ids: three characters of the object, twelve of the record, and three that tell the case of the others."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_POD = "Hs0"


def make_id(prefix: str, number: int) -> str:
    """The `number`th id of a kind, 18 characters."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return _checked(f"{prefix}{_POD}{digits.rjust(9, '0')}")


def long_id(text: str) -> str | None:
    """The 18-character form of an id; None when it can't be one."""
    if len(text) not in (15, 18) or not (text.isascii() and text.isalnum()):
        return None
    found = _checked(text[:15])
    return found if len(text) == 15 or found == text else None


def _checked(short: str) -> str:
    marks = (sum(1 << place for place, char in enumerate(short[at : at + 5]) if char.isupper()) for at in (0, 5, 10))
    return short + "".join(_CHECK[mark] for mark in marks)
