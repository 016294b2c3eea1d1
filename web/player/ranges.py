"""Byte ranges of HTTP (RFC 9110 §14): what a request asks of a file of known size. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)

REPLY_LIMIT = 1 << 20
"""A ranged reply is never longer, so that a slow viewer doesn't hold a thread for long; players ask on."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` to before `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many."""
        return self.end - self.start


class NotSatisfiable(ValueError):
    """The range lies outside of the file: 416."""


def asked_part(header: str | None, size: int, *, limit: int = REPLY_LIMIT) -> Part | None:
    """The part to answer with, at most `limit` long; None when the whole is due.

    A malformed header, another unit and several ranges are ignored, as §14.2 allows. Raises `NotSatisfiable`.
    """
    found = _ONE.fullmatch(header or "")
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or end <= start:
        raise NotSatisfiable
    return Part(start, min(end, start + limit))
