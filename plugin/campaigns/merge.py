"""`{{field}}` in marketers' text: names looked up in a list, nothing evaluated. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

MERGED_LIMIT = 1_000
"""Characters a merged text may have; the rest is cut with an ellipsis."""
_FIELD = re.compile(r"\{\{ *([a-z][a-z0-9_]{0,39}) *\}\}")


@lru_cache(maxsize=4_096)
def _parts(text: str) -> tuple[str, ...]:
    # Words and names by turns: re.split keeps what the group caught.
    return tuple(_FIELD.split(text))


def fields_in(text: str) -> tuple[str, ...]:
    """The names between double braces, in order, each once."""
    return tuple(dict.fromkeys(_parts(text)[1::2]))


def has_stray_braces(text: str) -> bool:
    """Braces are left that no field accounts for, such as `{first_name}` or `{{First Name}}`."""
    return any("{" in words or "}" in words for words in _parts(text)[::2])


def merge(text: str, say: Callable[[str], str | None]) -> str | None:
    """The text with each field as `say` has it; None when `say` has nothing for one of them.

    The result never holds `{{`, whatever the values are.
    """
    parts = list(_parts(text))
    for at in range(1, len(parts), 2):
        said = say(parts[at])
        if not said:
            return None
        parts[at] = said
    merged = "".join(parts)
    if "{{" in merged or "}}" in merged:
        return None
    return merged if len(merged) <= MERGED_LIMIT else merged[: MERGED_LIMIT - 1].rstrip() + "…"
