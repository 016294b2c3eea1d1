"""How fast one visit may send pictures; each web process counts for itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from cachetools import TTLCache

A_SECOND = 6
"""Twice what a page sends."""
_MOST_VISITS = 4096
_KEPT_S = 60


class Pace:
    """A bucket a visit, refilled as time passes; shared by a process's threads."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._buckets: TTLCache[str, tuple[float, float]] = TTLCache(_MOST_VISITS, _KEPT_S, now)

    def admit(self, visit_id: str) -> bool:
        """Whether one more may come now."""
        now = self._now()
        with self._lock:
            left, since = self._buckets.get(visit_id, (float(A_SECOND), now))
            left = min(float(A_SECOND), left + (now - since) * A_SECOND)
            self._buckets[visit_id] = (left - 1 if left >= 1 else left, now)
        return left >= 1
