"""What one asks of any sandbox under `/__sandbox/`: trouble, the last calls, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.counts import Counts
from connectors.sandbox.faults import Faults


def control(
    clock: SandboxClock, counts: Counts, faults: Faults, method: str, path: Sequence[str], body: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The answer; None for a path that isn't every sandbox's. Raises `ValueError` for what can't be."""
    match method, list(path):
        case "GET", ["faults"]:
            return _faults(faults)
        case "POST", ["faults"]:
            rules = faults.parse(body)
            faults.clear(body.get("seed"))
            faults.rules.extend(rules)
            return _faults(faults)
        case "DELETE", ["faults"]:
            faults.clear()
            return _faults(faults)
        case "GET", ["log"]:
            return {"calls": counts.log()}
        case "POST", ["clock"]:
            clock.advance(_seconds(body.get("advanceS", 0)))
            return {"aheadS": clock.ahead_s}
    return None


def _faults(faults: Faults) -> dict[str, Any]:
    return {"rules": faults.as_json(), "seed": faults.seed}


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e9:
        raise ValueError("advanceS is a number from 0 up")
    return float(value)
