"""HubSpot's ways to write a moment, and when its days end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=4096)
def iso(at: float) -> str:
    """As HubSpot writes a moment: `2026-11-28T10:42:00.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float | None:
    """A moment as HubSpot reads it, ISO 8601 or milliseconds since 1970; None when it is neither."""
    try:
        if text.lstrip("-").isdecimal():
            found = int(text) / 1000
            datetime.fromtimestamp(found, UTC)
            return found
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def next_midnight(at: float, zone: str) -> float:
    """When the account's day ends."""
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    return (local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)).timestamp()


def utc_offset_ms(at: float, zone: str) -> int:
    """The account's distance from UTC now."""
    offset = datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds() * 1000)
