"""Beacons at the door: bytes from anyone's browser in, typed events out; whatever breaks a rule is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from plugin.engagement import nonce
from plugin.kernel.errors import BadInput
from plugin.kernel.seal import Vault

MAX_BYTES = 64 * 1024
MAX_EVENTS = 200
MAX_RATE = 4.0
MAX_DURATION_S = 36_000.0
_DAY_MS = 86_400_000
_SLACK_S = 5.0
"""How far a browser's timers may run ahead of our clock before a span counts as impossible."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NUMBERS = frozenset({int, float})
_NO_DATA: dict[str, Any] = {}
_GESTURES = ("pointer", "touch", "key", "wheel", "choice")

Row = tuple[str, str, str, datetime, datetime, bytes]
"""An event as it is written: id, visit, kind, at, received at, data as JSON."""


class BeaconTooLarge(BadInput):
    """More than a page ever sends at once."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one beacon brought, ready to be written."""

    visit_id: str
    rows: tuple[Row, ...]
    ignored: int
    """Items left out because they break a rule."""


def accept(vault: Vault, body: bytes, *, now: datetime) -> Accepted:
    """Read one beacon.

    Raises `BeaconTooLarge` or `BadInput` for a body that isn't one, and `NonceForged` or `NonceExpired`. A single
    item that breaks a rule is ignored and the rest kept: an id that is no UUID, an unknown kind, values out of range,
    a span the wall clock has no room for. `at` is held between the open and now, after the browser's clock has
    been set right by the `sent` it gives, if any: its owner's clock may be wrong by hours.
    """
    if len(body) > MAX_BYTES:
        raise BeaconTooLarge(f"a beacon holds at most {MAX_BYTES} bytes")
    beacon = _parse(body)
    token, items = beacon.get("nonce"), beacon.get("events")
    if type(token) is not str or type(items) is not list:
        raise BadInput("a beacon holds a nonce and a list of events")
    if len(items) > MAX_EVENTS:
        raise BeaconTooLarge(f"a beacon holds at most {MAX_EVENTS} events")
    licence = nonce.verify(vault, token, now=now)
    moment = _Moment.of(licence.issued_at, now, beacon.get("sent"))
    rows: dict[str, Row] = {}
    for item in items:
        row = _row(licence.open_id, item, moment)
        if row is not None:
            rows.setdefault(row[0], row)
    return Accepted(licence.open_id, tuple(rows.values()), len(items) - len(rows))


@dataclass(frozen=True, slots=True)
class _Moment:
    """The time a beacon came in, in epoch milliseconds where the events are."""

    now: datetime
    earliest_ms: int
    latest_ms: int
    skew_ms: int
    """To be added to the browser's clock."""
    elapsed_s: float
    """Since the page was opened."""

    @staticmethod
    def of(opened_at: datetime, now: datetime, sent: object) -> _Moment:
        latest = int(now.timestamp() * 1000)
        skew = latest - sent if type(sent) is int and abs(sent) < 10**14 else 0
        earliest = min(int(opened_at.timestamp() * 1000), latest)
        return _Moment(now, earliest, latest, skew, (latest - earliest) / 1000)

    def hold(self, at_ms: int) -> datetime:
        """When it happened, by our clock, not before the open and not after now."""
        held = min(max(at_ms + self.skew_ms, self.earliest_ms), self.latest_ms)
        return datetime.fromtimestamp(held / 1000, UTC)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        beacon = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("a beacon is JSON") from None
    if type(beacon) is not dict:
        raise BadInput("a beacon is a JSON object")
    return beacon


def _row(visit_id: str, item: object, moment: _Moment) -> Row | None:
    """The event as it is written, or None when it breaks a rule."""
    if type(item) is not dict:
        return None
    id_, kind, data = item.get("id"), item.get("kind"), item.get("data", _NO_DATA)
    at: Any = item.get("at")
    if type(id_) is not str or type(kind) is not str or type(at) not in _NUMBERS or type(data) is not dict:
        return None
    read = _KINDS.get(kind)
    id_ = id_.lower()
    if read is None or not -(10**14) < at < 10**14 or _UUID.fullmatch(id_) is None:
        return None
    kept = read(data, moment)
    if kept is None:
        return None
    return (id_, visit_id, kind, moment.hold(int(at)), moment.now, orjson.dumps(kept))


# -- what each kind may say: unknown keys are dropped, nothing is free text ----


def _seen(data: Mapping[str, Any], _moment: _Moment) -> dict[str, Any] | None:
    visible_ms, gestures = _count(data.get("visible_ms"), _DAY_MS), data.get("gestures", {})
    if visible_ms is None or type(gestures) is not dict:
        return None
    counts = {name: count for name in _GESTURES if (count := _count(gestures.get(name), 10**6))}
    kept = {"visible_ms": visible_ms, "gestures": counts, "webdriver": data.get("webdriver") is True}
    for name in ("moves", "languages"):
        if (count := _count(data.get(name), 10**6)) is not None:
            kept[name] = count
    return kept


def _played(_data: Mapping[str, Any], _moment: _Moment) -> dict[str, Any] | None:
    return {}


def _watched(data: Mapping[str, Any], moment: _Moment) -> dict[str, Any] | None:
    start: Any = data.get("from")
    end: Any = data.get("to")
    rate: Any = data.get("rate", 1)
    if type(start) not in _NUMBERS or type(end) not in _NUMBERS or type(rate) not in _NUMBERS:
        return None
    # No comparison holds for NaN, and none of these for an infinity.
    if not (0 <= start < end <= MAX_DURATION_S and 0 < rate <= MAX_RATE):
        return None
    if end - start > (moment.elapsed_s + _SLACK_S) * rate:
        return None
    return {"from": start, "to": end, "rate": rate}


def _named(name: str) -> Callable[[Mapping[str, Any], _Moment], dict[str, Any] | None]:
    def read(data: Mapping[str, Any], _moment: _Moment) -> dict[str, Any] | None:
        value = data.get(name)
        return {name: value} if type(value) is str and _NAME.fullmatch(value) else None

    return read


_KINDS: Mapping[str, Callable[[Mapping[str, Any], _Moment], dict[str, Any] | None]] = {
    "page.seen": _seen,
    "video.played": _played,
    "video.watched": _watched,
    "cta.clicked": _named("cta"),
    "chapter.selected": _named("scene"),
}


def _count(value: Any, most: int) -> int | None:
    return int(value) if type(value) in _NUMBERS and 0 <= value <= most else None
