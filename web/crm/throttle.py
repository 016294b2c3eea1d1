"""Slowing down who guesses passwords, by address and by account, in this process's memory."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic

from cachetools import TTLCache

WINDOW_S = 15 * 60
PER_ACCOUNT = 10
PER_ADDRESS = 30


class Throttle:
    """Counts failures for a quarter of an hour from the first."""

    def __init__(self, timer: Callable[[], float] = monotonic) -> None:
        self._failures: TTLCache[tuple[str, str], list[int]] = TTLCache(100_000, WINDOW_S, timer)
        self._lock = Lock()

    def is_closed(self, account: str, address: str) -> bool:
        """Whether another try must wait."""
        with self._lock:
            return (
                self._count("account", account)[0] >= PER_ACCOUNT or self._count("address", address)[0] >= PER_ADDRESS
            )

    def failed(self, account: str, address: str) -> None:
        """One more wrong password."""
        with self._lock:
            for kind, name in (("account", account), ("address", address)):
                count = self._failures.setdefault((kind, name), [0])
                count[0] += 1

    def _count(self, kind: str, name: str) -> list[int]:
        return self._failures.get((kind, name)) or [0]
