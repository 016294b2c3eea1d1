"""Work whose asker can't wait: it goes on in a thread of its own when the answer is due."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

_AT_ONCE = 16

T = TypeVar("T")


def in_time(job: Callable[[], T], within_s: float) -> T:
    """What the job answers within that time, or raises; raises `TimeoutError` when it is late, and it goes on.

    Neither HubSpot nor the database can be told when to give up, so the asker is.
    """
    return _pool().submit(job).result(timeout=within_s)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hubspot-inbound")
