"""Live reads of CRM records under a hard budget: a slow or dead CRM costs an open its budget at most, and then less."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import structlog

from plugin.recipients.ports import ExternalRef, ProfileSource, ProfileUnavailable, Record, RecordGone

log = structlog.get_logger()

FAILURES = 3
"""So many in a row, and the CRM is left alone for a while."""
REST_S = 10.0
READS_AT_ONCE = 8
"""Reads one CRM account may have under way in this process; those it never answers hold their place.

Whoever comes when all places are taken waits for one, as long as the budget lasts: after a mailing many open at once.
"""
_STRING_LIMIT = 4_000

Settled = Callable[[Record | RecordGone], None]


@dataclass(slots=True)
class _Account:
    """How one CRM account has been answering."""

    free: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(READS_AT_ONCE))
    failures: int = 0
    rests_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, now: float) -> bool:
        """While it rests, one read in `REST_S` goes through, to see whether it is back."""
        with self.lock:
            if self.failures < FAILURES:
                return True
            if now < self.rests_until:
                return False
            self.rests_until = now + REST_S
            return True

    def answered(self) -> None:
        with self.lock:
            self.failures = 0

    def failed(self, now: float) -> None:
        with self.lock:
            self.failures += 1
            self.rests_until = now + REST_S


class LiveReads:
    """A few daemon threads that read, so that whoever waits can stop waiting; one set per process.

    Daemons, because a read that hangs must not keep the process from ending.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._accounts: dict[str, _Account] = {}
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)

    def forget(self) -> None:
        """Begin anew, without threads: for a process that was just forked."""
        self._accounts = {}
        self._jobs = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)

    def read(
        self,
        source: ProfileSource,
        ref: ExternalRef,
        paths: Collection[str],
        *,
        budget_s: float,
        late: Settled | None = None,
    ) -> Record:
        """The record within `budget_s`, with only the values at `paths`.

        Raises `RecordGone`, or `ProfileUnavailable` when the CRM fails, is late, or has failed so often that it isn't
        asked. An answer that comes too late is handed to `late`, in another thread.
        """
        account = self._accounts.setdefault(ref.installation_id, _Account())
        if not account.admits(self._monotonic()):
            raise ProfileUnavailable("the CRM has not answered lately and is left alone for a moment")
        if getattr(source, "at_hand", False):
            return self._read_here(account, source, ref, paths, budget_s)
        until = time.monotonic() + budget_s
        # That there was no place says nothing of the CRM: those who hold one tell how it does.
        if not account.free.acquire(timeout=budget_s):
            raise ProfileUnavailable("too many reads of this CRM are still unanswered")
        left_s = max(0.0, until - time.monotonic())
        answer: Future[Record] = Future()
        self._start(lambda: _fulfil(answer, account, source, ref, paths, left_s))
        try:
            record = answer.result(timeout=left_s)
        except TimeoutError:
            account.failed(self._monotonic())
            answer.add_done_callback(lambda done: _hand_over(done, account, late))
            raise ProfileUnavailable("the CRM is late") from None
        except RecordGone:
            account.answered()
            raise
        except Exception as error:
            raise self._unavailable(account, ref, error) from error
        account.answered()
        return record

    def _read_here(
        self, account: _Account, source: ProfileSource, ref: ExternalRef, paths: Collection[str], budget_s: float
    ) -> Record:
        try:
            record = _read(source, ref, paths, budget_s)
        except RecordGone:
            account.answered()
            raise
        except Exception as error:
            raise self._unavailable(account, ref, error) from error
        account.answered()
        return record

    def _unavailable(self, account: _Account, ref: ExternalRef, error: Exception) -> ProfileUnavailable:
        account.failed(self._monotonic())
        log.warning("profile.unavailable", installation_id=ref.installation_id, error=type(error).__name__)
        return ProfileUnavailable("the CRM could not be read")

    def _start(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)
        if not self._idle.acquire(blocking=False):
            threading.Thread(target=self._work, name="live-read", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            self._idle.release()


def _fulfil(
    answer: Future[Record],
    account: _Account,
    source: ProfileSource,
    ref: ExternalRef,
    paths: Collection[str],
    budget_s: float,
) -> None:
    try:
        found: Record | BaseException = _read(source, ref, paths, budget_s)
    except BaseException as error:
        found = error
    # Before anyone hears of it: whoever opens next must find the place free.
    account.free.release()
    if isinstance(found, BaseException):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _read(source: ProfileSource, ref: ExternalRef, paths: Collection[str], budget_s: float) -> Record:
    record = source.read(ref, paths, timeout_s=budget_s)
    return Record(_only(paths, record.values), record.read_at.astimezone(UTC))


def _hand_over(done: Future[Record], account: _Account, late: Settled | None) -> None:
    error = done.exception()
    if error is not None and not isinstance(error, RecordGone):
        return
    account.answered()
    if late is None:
        return
    try:
        late(error if error is not None else done.result())
    except Exception as trouble:
        log.warning("profile.late_answer_lost", error=type(trouble).__name__)


def _only(paths: Collection[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for and nothing else, as plain JSON values."""
    return {path: plain for path in paths if (plain := _plain(values.get(path))) is not None}


def _plain(value: object) -> str | int | float | bool | None:
    if isinstance(value, str):
        return value[:_STRING_LIMIT]
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return None


live_reads = LiveReads()
"""This process's."""

# A fork copies the count of idle readers but not the threads: without this its first reads would wait for nobody.
os.register_at_fork(after_in_child=live_reads.forget)
