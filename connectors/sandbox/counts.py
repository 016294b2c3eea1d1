"""What came in: how often each path was asked and answered, how large batches were, and the last calls in full."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

KEPT = 200
SHOWN = 4000


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. `status` 0: the connection was cut instead."""

    at: float
    who: str
    method: str
    target: str
    template: str
    """The route, `/services/data/{version}/limits`; the path itself when there is none."""
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: float
    committed: bool = True
    """Whether what was asked was done: with trouble injected, an answer doesn't tell."""
    fault: str = ""
    """The trouble injected."""


class Counts:
    """All exchanges in numbers, the last ones in full; `recorders` are handed each."""

    def __init__(self) -> None:
        self.recorders: list[Callable[[Exchange], None]] = []
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Count anew."""
        with self._lock:
            self.requests: Counter[tuple[str, str, int]] = Counter()
            self.batches: dict[str, Counter[int]] = {}
            self.latest: deque[Exchange] = deque(maxlen=KEPT)

    def note(self, exchange: Exchange, batch: int | None = None) -> None:
        """Count one; `batch` is how many records it was about."""
        with self._lock:
            self.requests[exchange.method, exchange.template, exchange.status] += 1
            self.latest.append(exchange)
            if batch is not None:
                self.batches.setdefault(exchange.template, Counter())[batch] += 1
        for recorder in self.recorders:
            recorder(exchange)

    def total(self, method: str = "", template: str = "", status: int | None = None) -> int:
        """How many exchanges, of those that fit; `template` is looked for anywhere in the route."""
        with self._lock:
            return sum(
                number
                for (its_method, its_template, its_status), number in self.requests.items()
                if (not method or its_method == method)
                and template in its_template
                and (status is None or its_status == status)
            )

    def as_json(self) -> dict[str, Any]:
        """For people and tests."""
        with self._lock:
            rows = [
                {"method": method, "path": template, "status": status, "requests": number}
                for (method, template, status), number in sorted(self.requests.items())
            ]
            batches = {path: {str(size): n for size, n in sorted(of.items())} for path, of in self.batches.items()}
        return {"total": sum(self.requests.values()), "requests": rows, "batches": batches}

    def log(self) -> list[dict[str, Any]]:
        """The last calls, newest first."""
        with self._lock:
            latest = list(self.latest)
        return [
            {
                "at": datetime.fromtimestamp(each.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "who": each.who,
                "method": each.method,
                "target": each.target,
                "status": each.status,
                "fault": each.fault,
                "tookMs": round(each.took_ms, 1),
                "request": each.request_body[:SHOWN].decode("utf-8", "replace"),
                "answer": each.body[:SHOWN].decode("utf-8", "replace"),
            }
            for each in reversed(latest)
        ]
