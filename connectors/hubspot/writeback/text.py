"""Text, moments and numbers as HubSpot takes them. Pure."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

LONGEST = 65_536
"""Characters of a property's value."""


def clean(value: object, most: int = LONGEST) -> str:
    """Text without control characters and halves of characters, on one line, at most `most` UTF-16 units long.

    Emoji and the marks that right-to-left scripts need stay as they are. What is cut ends in '…'.
    """
    spaced = "".join(" " if char in "\t\n\v\f\r\x85\u2028\u2029" else char for char in str(value))
    plain = " ".join("".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cs")).split(" "))
    return plain.strip() if _units(plain) <= most else cut(plain.strip(), most)


def cut(text: str, most: int) -> str:
    """At most so many UTF-16 units, as HubSpot counts them; '…' at the end says that there was more."""
    if _units(text) <= most:
        return text
    kept = text[: most - 1]
    while kept and _units(kept) > most - 1:
        kept = kept[:-1]
    # Half of an emoji or of a letter with its marks is another sign.
    while kept and (unicodedata.combining(kept[-1]) or kept[-1] in "\u200d\ufe0f"):
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def iso(at: datetime) -> str:
    """`2026-11-28T10:42:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decimal(value: float) -> str:
    """At most one decimal, none where it is nought: '95', '97.5'."""
    return f"{value:.1f}".removesuffix(".0")


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)
