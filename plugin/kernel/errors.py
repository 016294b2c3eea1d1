"""The product's words for what can go wrong; each edge translates them once."""

from __future__ import annotations


class SegueError(Exception):
    """Any failure the product foresees; its text is one line a person can act on."""


class BadInput(SegueError):
    """What was handed in breaks a rule; the text names the rule."""


class NotFound(SegueError):
    """No such thing, or none this caller may know of."""


class Gone(SegueError):
    """It was there and has ended: expired, revoked, withdrawn."""


class Forbidden(SegueError):
    """Known, but not allowed for this caller."""


class Busy(SegueError):
    """Something we need is late, locked or full; the same call may succeed soon."""

    retry_after_s = 2
