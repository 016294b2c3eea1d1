"""Seconds at the door: bytes from anyone's browser in, typed seconds out; whatever breaks a rule is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from plugin.engagement import nonce
from plugin.engagement.accept import MAX_DURATION_S, BeaconTooLarge
from plugin.engagement.attention.seconds import LEAST_SAMPLES, Second
from plugin.kernel.errors import BadInput
from plugin.kernel.seal import Vault

MAX_BYTES = 16 * 1024
MAX_SECONDS = 120
MAX_SAMPLES = 40
"""Five pictures a second, of a video played at an eighth of its speed: nobody looks closer."""
_QUALITIES = frozenset({"ok", "few", "dark", "small", "uncalibrated"})
_NUMBERS = frozenset({int, float})


@dataclass(frozen=True, slots=True)
class Told:
    """What one page told, ready to be kept."""

    visit_id: str
    seconds: tuple[Second, ...]
    """Each second once, in order."""
    ignored: int


def accept(vault: Vault, body: bytes, *, now: datetime) -> Told:
    """Read `{"nonce": …, "seconds": [{"second", "score", "n", "quality"}]}`.

    Raises `BeaconTooLarge` or `BadInput` for a body that isn't one, `NonceForged` or `NonceExpired`. A single second
    that breaks a rule is ignored: out of range, a score without `ok` or the other way round, a second time in one body.
    Keys other than the four are never looked at.
    """
    if len(body) > MAX_BYTES:
        raise BeaconTooLarge(f"at most {MAX_BYTES} bytes")
    told = _parse(body)
    token, items = told.get("nonce"), told.get("seconds")
    if type(token) is not str or type(items) is not list:
        raise BadInput("a page tells a nonce and a list of seconds")
    if len(items) > MAX_SECONDS:
        raise BeaconTooLarge(f"at most {MAX_SECONDS} seconds at once")
    licence = nonce.verify(vault, token, now=now)
    kept: dict[int, Second] = {}
    for item in items:
        if (second := _second(item)) is not None:
            kept.setdefault(second.second, second)
    return Told(licence.open_id, tuple(kept[second] for second in sorted(kept)), len(items) - len(kept))


def _parse(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("seconds are told in JSON") from None
    if type(told) is not dict:
        raise BadInput("seconds are told in a JSON object")
    return told


def _second(item: object) -> Second | None:
    if type(item) is not dict:
        return None
    second: Any = item.get("second")
    score: Any = item.get("score")
    n: Any = item.get("n")
    quality: Any = item.get("quality")
    if type(second) is not int or not 0 <= second < MAX_DURATION_S:
        return None
    if type(n) is not int or not 0 < n <= MAX_SAMPLES or type(quality) is not str or quality not in _QUALITIES:
        return None
    if quality != "ok":
        return Second(second, None, n, quality) if score is None else None
    # No comparison holds for NaN.
    if type(score) not in _NUMBERS or not 0 <= score <= 1 or n < LEAST_SAMPLES:
        return None
    return Second(second, float(score), n, quality)
