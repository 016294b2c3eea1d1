"""Answers as JSON, and the ways Salesforce writes moments and records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.sandbox.wire import Answer

JSON = "application/json;charset=UTF-8"
VERSION = "v67.0"


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A body as JSON."""
    return Answer(status, orjson.dumps(body), {"Content-Type": JSON, **(headers or {})})


def nothing() -> Answer:
    """204."""
    return Answer(204)


def moment(at: float) -> datetime:
    """Whole seconds, as Salesforce keeps them."""
    return datetime.fromtimestamp(int(at), UTC)


def iso(at: datetime) -> str:
    """As Salesforce writes it: `2026-11-28T10:42:00.000+0000`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
