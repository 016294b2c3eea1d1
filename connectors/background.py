"""Work beside the worker's loop: in a thread of its own, so that deliveries go on however slow a CRM is."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import structlog

log = structlog.get_logger()

_REST_S = 0.05


class Background:
    """One kind of work, done by one thread at a time, whenever there is some.

    A daemon thread: what it does may be cut short at any point and done again.
    """

    def __init__(self, name: str, due: Callable[[], bool], job: Callable[[], object]) -> None:
        self._name, self._due, self._job = name, due, job
        self._thread: Thread | None = None

    def tick(self) -> int:
        """Begin if there is something to do; 1 while it is being done."""
        if self._thread is None or not self._thread.is_alive():
            if not self._due():
                return 0
            self._thread = Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        # A moment's rest for a loop that would else spin as long as there is work.
        self._thread.join(_REST_S)
        return 1

    def wait(self, timeout_s: float) -> None:
        """Until it is through with what it does."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._job()
        except Exception as error:
            log.warning("connector.work_failed", work=self._name, error=type(error).__name__, exc_info=True)
