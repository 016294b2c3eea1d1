"""The calls of one delivery: begun while there is time, a few at once, repeated when that can't do anything twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from connectors.hubspot.api.errors import (
    Disconnected,
    HubSpotError,
    Locked,
    TooMany,
    Unreachable,
    Unwell,
)
from connectors.hubspot.api.transport import Answer, HubSpotApi
from plugin.kernel.errors import Busy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Times:
    """How long things may take, in seconds. A delivery's calls end within the outbox's lease of 60 s."""

    budget_s: float = 35.0
    """No call begins later than this after the first."""
    timeout_s: float = 10.0
    patience_s: float = 12.0
    """How long a call waits for its turn under the account's limit."""
    lag_s: float = 5.0
    """How long HubSpot may still be at work on a call whose answer didn't come."""
    again_s: float = 0.2
    """The first wait before a call is repeated; it doubles."""
    tries: int = 3
    at_once: int = 8
    """Calls on their way together: one takes HubSpot a second or so, and the limit allows 10 to 19 a second."""

    @property
    def lag(self) -> timedelta:
        """`lag_s` as a span."""
        return timedelta(seconds=self.lag_s)


class PutOff(HubSpotError):
    """Not sent: this delivery's time is up, or HubSpot wants no more calls for now."""

    def __init__(self, text: str, after_s: float | None) -> None:
        super().__init__(text)
        self.after_s = after_s


def maybe_done(error: HubSpotError) -> bool:
    """Whether a call that ended so may have been carried out."""
    return isinstance(error, Unwell) or (isinstance(error, Unreachable) and error.maybe_done)


class Calls:
    """Calls to one portal that share a deadline. Once HubSpot refuses us altogether, the rest aren't begun."""

    def __init__(self, api: HubSpotApi, times: Times) -> None:
        self._api, self.times = api, times
        self._until = time.monotonic() + times.budget_s
        self._stopped: HubSpotError | None = None
        self._lock = Lock()

    def post(self, path: str, body: Any, *, repeatable: bool = True) -> Answer:
        """Send it, again if need be; raises `HubSpotError`.

        What HubSpot certainly didn't carry out (a limit, a lock, no connection) is repeated in any case; what it may
        have, only when it is `repeatable`.
        """
        wait_s = self.times.again_s
        for tries_left in range(self.times.tries - 1, -1, -1):
            try:
                return self._send(path, body)
            except (TooMany, Locked, Unwell, Unreachable) as error:
                pause_s = max(wait_s, getattr(error, "after_s", 0.0))
                again = repeatable or not maybe_done(error)
                for_long = isinstance(error, TooMany) and error.policy in ("DAILY", "OURS")
                if for_long:
                    self._stop(error)
                if for_long or not again or not tries_left or pause_s >= self._left():
                    raise
            time.sleep(pause_s)
            wait_s *= 2
        raise AssertionError("unreachable")

    def end_by(self, now: datetime) -> datetime:
        """When every call of this delivery has ended, however it ends: until then nobody else can know how."""
        return now + timedelta(seconds=max(0.0, self._left()) + self.times.patience_s + self.times.timeout_s)

    def each(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Do them, some at once; their answers in order. A job that raises lets the others end first."""
        if len(jobs) < 2:
            return [job() for job in jobs]
        with ThreadPoolExecutor(min(self.times.at_once, len(jobs)), thread_name_prefix="hubspot-write") as pool:
            return list(pool.map(lambda job: job(), jobs))

    def check(self) -> None:
        """Raise what keeps a call from being begun now: no time left, or a word of HubSpot's that stopped all."""
        if self._stopped is not None:
            raise self._stopped
        if self._left() <= 0:
            raise PutOff("Put off to the next batch", 0.0)

    def _send(self, path: str, body: Any) -> Answer:
        self.check()
        try:
            return self._api.call(
                "POST",
                path,
                body=body,
                timeout_s=self.times.timeout_s,
                patience_s=max(0.0, min(self.times.patience_s, self._left())),
            )
        except Busy as busy:
            # Before the call: its turn is kept in the database.
            raise PutOff(str(busy), None) from busy
        except Disconnected as error:
            self._stop(error)
            raise

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _stop(self, error: HubSpotError) -> None:
        with self._lock:
            self._stopped = self._stopped or error
