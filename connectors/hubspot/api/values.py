"""HubSpot's values as they come: strings, whatever the property's type."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

_MS = re.compile(r"-?\d{9,14}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_NUMBER = 40


def moment(value: object) -> datetime | None:
    """A date or datetime property: ISO 8601, or milliseconds since 1970 as older portals give them; None: neither."""
    if not isinstance(value, str):
        return None
    try:
        if _MS.fullmatch(value):
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        if _DAY.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def http_date(value: str | None) -> datetime | None:
    """The header `Date` of an answer (RFC 9110, 6.6.1); None: there is none."""
    try:
        found = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def milliseconds(at: datetime) -> str:
    """A moment as filters of a search take it."""
    return str(int(at.timestamp() * 1000))


def number(value: object) -> Decimal | None:
    """A number property, exactly as written; None: none."""
    if not isinstance(value, str) or not value.isascii() or len(value) > _LONGEST_NUMBER:
        return None
    try:
        found = Decimal(value.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
