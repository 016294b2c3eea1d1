"""Time, passed in so that tests can hold it still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utcnow() -> datetime:
    """The present as an aware UTC datetime."""
    return datetime.now(UTC)
