"""Jobs that are due some time: retries, waits that end, webhooks that gather; by the sandbox's clock."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_LOOK_S = 0.1
"""The clock may be moved ahead meanwhile, so a wait is never longer than this."""
_THREADS = 8


class Later:
    """A list of jobs, each done once when its time has come."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._running = 0
        self._stopped = False
        self._pool: ThreadPoolExecutor | None = None

    def add(self, after_s: float, job: Callable[[], None]) -> None:
        """Do it in so many seconds."""
        with self._wake:
            if self._stopped:
                return
            heapq.heappush(self._due, (self._now() + after_s, next(self._order), job))
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_THREADS, "hubspot-sends")
                threading.Thread(target=self._watch, name="hubspot-later", daemon=True).start()
            self._wake.notify_all()

    def settled(self, within_s: float = 10.0, *, ahead_s: float = 1.0) -> bool:
        """Wait until nothing runs and nothing is due within `ahead_s`; False when it took too long."""
        until = time.monotonic() + within_s
        with self._wake:
            while self._running or (self._due and self._due[0][0] <= self._now() + ahead_s):
                if time.monotonic() >= until:
                    return False
                self._wake.wait(0.02)
        return True

    def start(self) -> None:
        """Take jobs again, after `stop`."""
        with self._wake:
            self._stopped = False

    def stop(self) -> None:
        """Nothing more is done."""
        with self._wake:
            self._stopped = True
            self._due.clear()
            self._wake.notify_all()
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _watch(self) -> None:
        while True:
            with self._wake:
                while not self._stopped and (not self._due or self._due[0][0] > self._now()):
                    self._wake.wait(_LOOK_S)
                if self._stopped or self._pool is None:
                    return
                _, _, job = heapq.heappop(self._due)
                self._running += 1
                self._pool.submit(self._do, job)

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        finally:
            with self._wake:
                self._running -= 1
                self._wake.notify_all()
