"""Trouble on demand: refused, failed, cut, late, unreadable – by chance, on chosen paths, reproducible by its seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

from connectors.sandbox.wire import Answer

SLOW = "slow"
AFTER = ("timeout_after_commit", "cut_mid_answer", "bad_json")
"""These do what was asked, and then don't say so."""


@dataclass(slots=True)
class Fault:
    """One kind of trouble. `path` is a pattern with `*`; `times` None: as often as chance will."""

    kind: str
    probability: float = 1.0
    path: str = "*"
    method: str = "*"
    times: int | None = None
    slow_ms: int = 200
    hang_s: float = 0.0
    """How long nothing comes before the connection is cut (`timeout_after_commit`)."""
    retry_after: int | None = None
    """Seconds, said with a refusal."""
    happened: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Whether it concerns this request."""
        left = self.times is None or self.happened < self.times
        return left and self.method in ("*", method) and fnmatchcase(path, self.path)

    def after(self, answer: Answer) -> Answer:
        """What becomes of the answer to something that was done."""
        if self.kind == "bad_json":
            return Answer(answer.status, answer.body[: len(answer.body) // 2] + b"\xff<", answer.headers)
        if self.kind not in AFTER:
            return answer
        half = len(answer.bytes(head=False, close=False)) // 2
        return Answer(answer.status, answer.body, answer.headers, half if self.kind == "cut_mid_answer" else 0)


@dataclass
class Faults:
    """What may go wrong at present; `kinds` are those this CRM knows, `by_item` those that strike single records."""

    kinds: Sequence[str]
    by_item: Sequence[str] = ()
    rules: list[Fault] = field(default_factory=list)
    seed: int = 1

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - to be repeatable is the point
        self._lock = Lock()

    def add(self, kind: str, **how: Any) -> Fault:
        """One more; raises `ValueError` for a kind there isn't."""
        if kind not in self.kinds:
            raise ValueError(f"{kind!r} is none of {', '.join(self.kinds)}")
        fault = Fault(kind, **how)
        self.rules.append(fault)
        return fault

    def clear(self, seed: int | None = None) -> None:
        """Nothing goes wrong any more; the dice start anew."""
        with self._lock:
            self.rules.clear()
            self.seed = self.seed if seed is None else seed
            self._chance = random.Random(self.seed)  # noqa: S311

    def strike(self, method: str, path: str) -> list[Fault]:
        """What happens to this request: at most one trouble, and slowness beside it."""
        struck: list[Fault] = []
        for fault in self._meeting(method, path, lambda kind: kind not in self.by_item):
            if (fault.kind == SLOW or not any(other.kind != SLOW for other in struck)) and self._happens(fault):
                struck.append(fault)
        return struck

    def strike_item(self, method: str, path: str) -> Fault | None:
        """What happens to one record of this request."""
        found = self._meeting(method, path, lambda kind: kind in self.by_item)
        return next((fault for fault in found if self._happens(fault)), None)

    def as_json(self) -> list[dict[str, Any]]:
        """For people and tests."""
        return [{name: getattr(fault, name) for name in Fault.__slots__} for fault in self.rules]

    def parse(self, body: Mapping[str, Any]) -> list[Fault]:
        """`{"rules": [{"kind": …, …}]}` as it comes over HTTP; raises `ValueError`."""
        words = f"rules: each has a kind ({', '.join(self.kinds)}) and may have probability, path, method, times, …"
        try:
            found = [Fault(**{**rule, "kind": str(rule["kind"])}) for rule in body.get("rules", [])]
            usable = all(_usable(fault, self.kinds) for fault in found)
        except (TypeError, KeyError, ValueError):
            usable = False
        if not usable:
            raise ValueError(words)
        return found

    def _meeting(self, method: str, path: str, wanted: Callable[[str], bool]) -> list[Fault]:
        return [fault for fault in list(self.rules) if wanted(fault.kind) and fault.meets(method, path)]

    def _happens(self, fault: Fault) -> bool:
        with self._lock:
            if (fault.times is None or fault.happened < fault.times) and self._chance.random() < fault.probability:
                fault.happened += 1
                return True
        return False


def _usable(fault: Fault, kinds: Sequence[str]) -> bool:
    numbers = (fault.probability, fault.slow_ms, fault.hang_s, fault.happened)
    return (
        fault.kind in kinds
        and isinstance(fault.path, str)
        and isinstance(fault.method, str)
        and isinstance(fault.times, int | None)
        and all(isinstance(number, int | float) and number >= 0 for number in numbers)
        and fault.probability <= 1
    )
