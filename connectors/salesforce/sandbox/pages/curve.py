"""What of a video was seen, once and again, as bars on a line from its beginning to its end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """From `x`, so `wide`, of a hundred; `again`: seen more than once."""

    x: float
    wide: float
    again: bool


def curve(row: Mapping[str, Any]) -> list[Bar]:
    """The bars of an engagement row; none for one that has no usable spans."""
    spans, again = _spans(row.get("Spans__c")), _spans(row.get("Again__c"))
    length = row.get("Duration_Seconds__c") or max((end for _, end in [*spans, *again]), default=0.0)
    if not length > 0:
        return []
    return [
        Bar(round(start / length * WIDTH, 2), round((min(end, length) - start) / length * WIDTH, 2), twice)
        for twice, listed in ((False, spans), (True, again))
        for start, end in listed
        if start < length
    ]


def _spans(text: object) -> list[tuple[float, float]]:
    try:
        listed = orjson.loads(text) if isinstance(text, str) else []
    except orjson.JSONDecodeError:
        return []
    found = []
    for each in listed if isinstance(listed, list) else []:
        pair = each if isinstance(each, list) and len(each) == 2 else (0, 0)
        if all(isinstance(side, int | float) and math.isfinite(side) for side in pair) and 0 <= pair[0] < pair[1]:
            found.append((float(pair[0]), float(pair[1])))
    return found
