"""Trouble on demand: refused, failed, cut, late, unreadable – by chance, on chosen paths, reproducible by its seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

from connectors.hubspot.sandbox.limits import Limits
from connectors.hubspot.sandbox.problems import Problem, invalid, no_credentials
from connectors.hubspot.sandbox.wire import Answer

BEFORE = ("429", "429_daily", "500", "502", "503", "504", "423", "477", "revoked", "cut")
"""These answer, or hang up, before anything is done."""
AFTER = ("timeout_after_commit", "cut_mid_answer", "bad_json")
"""These do what was asked, and then don't say so."""
KINDS = (*BEFORE, *AFTER, "slow")


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
    happened: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Whether it concerns this request."""
        left = self.times is None or self.happened < self.times
        return left and self.method in ("*", method) and fnmatchcase(path, self.path)

    def before(self, limits: Limits) -> Answer | None:
        """What happens instead of what was asked; None: nothing yet. Raises the `Problem` to answer."""
        if self.kind not in BEFORE:
            return None
        if self.kind == "cut":
            return Answer(cut_at=0)
        if self.kind == "revoked":
            raise no_credentials()
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.kind.startswith("429"):
            raise limits.refusal("DAILY" if self.kind == "429_daily" else "TEN_SECONDLY_ROLLING", 0.0, headers)
        raise Problem(int(self.kind), "INTERNAL_ERROR", f"injected {self.kind}", headers=headers)

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
    """What may go wrong at present."""

    rules: list[Fault] = field(default_factory=list)
    seed: int = 1

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - to be repeatable is the point
        self._lock = Lock()

    def add(self, kind: str, **how: Any) -> Fault:
        """One more; raises `ValueError` for a kind there isn't."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
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
        if not self.rules:
            return []
        struck: list[Fault] = []
        with self._lock:
            for fault in self.rules:
                if not fault.meets(method, path) or (struck and fault.kind != "slow"):
                    continue
                if self._chance.random() < fault.probability:
                    fault.happened += 1
                    struck.append(fault)
        return struck

    def as_json(self) -> list[dict[str, Any]]:
        """For people and tests."""
        return [{name: getattr(fault, name) for name in Fault.__slots__} for fault in self.rules]


def parse(body: Mapping[str, Any]) -> list[Fault]:
    """`{"rules": [{"kind": …, …}]}` as it comes over HTTP; raises a 400 `Problem`."""
    rules = body.get("rules", [])
    try:
        found = [Fault(**{**rule, "kind": str(rule["kind"])}) for rule in rules]
        usable = all(
            fault.kind in KINDS and isinstance(fault.path, str) and 0 <= float(fault.probability) <= 1
            for fault in found
        )
    except (TypeError, KeyError, ValueError):
        usable = False
    if not usable:
        raise invalid(f"rules: each has a kind ({', '.join(KINDS)}) and may have probability, path, method, times, …")
    return found
