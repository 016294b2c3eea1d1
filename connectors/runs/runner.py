"""Working through a run: pages are fetched ahead, done side by side and finished in order.

What a page does is harmless to do again: links are reused, fields are set to absolute values. So the cursor moves only
behind pages that are wholly done, and a run goes on from there whoever takes it up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError as NotYet
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any, Protocol, TypeVar

import structlog

from connectors.runs import run as runs
from connectors.runs.models import LinkRun
from connectors.runs.tally import Tally
from plugin.kernel.clock import Clock
from plugin.kernel.database import Database
from plugin.kernel.errors import SegueError

log = structlog.get_logger()

T = TypeVar("T")

BEAT_S = 10.0
"""How often a page that takes long, to be fetched or to be done, renews the lease."""
AGAIN = timedelta(seconds=30)
"""How soon a CRM that was unwell is asked again."""


@dataclass(frozen=True, slots=True)
class Page:
    """Members to be done together; `after`: where the next page begins, None when this is the last."""

    members: Sequence[Any]
    after: str | None


class Job(Protocol):
    """A run's source, opened."""

    def pages(self, after: str | None) -> Iterator[Page]:
        """The pages behind a cursor (None: from the first), at least one; the last has no `after`."""
        ...

    def do(self, page: Page) -> Tally:
        """Give a page's members their links, side by side with other pages; doing it again changes nothing."""
        ...

    def settled(self, page: Page, *, last: bool) -> None:
        """All pages up to this one are done."""
        ...


class _Lost(Exception):
    """The run was paused, or another worker has it."""


class LinkRunner(ABC):
    """This process's hand at the runs of one CRM, one at a time."""

    kinds: Collection[str]
    """Sources it knows."""
    at_once: int = 8
    """Pages done side by side."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._stop = Event()

    @abstractmethod
    def open(self, run: LinkRun) -> Job:
        """The run's source; raises what `patience` knows."""

    @abstractmethod
    def patience(self, error: Exception) -> timedelta | None:
        """How long after this it is worth going on; None: an admin must mend it first."""

    def due(self) -> bool:
        """Whether a run waits for somebody to work on it."""
        with self._database.reading() as session:
            return runs.waits(session, self.kinds, self._clock())

    def stop(self) -> None:
        """End after the page under way; the run goes on wherever it is taken up next."""
        self._stop.set()

    def work_once(self) -> bool:
        """Take one run and work on it until it is done or can't go on; False when none waits."""
        with self._database.transaction() as session:
            run = runs.claim(session, self.kinds, self._clock())
        if run is None or run.lease is None:
            return False
        lease = run.lease
        try:
            self._work(run, lease)
        except _Lost:
            log.info("run.left", run_id=run.id)
        except Exception as error:
            self._settle(run.id, lease, error)
        return True

    def _work(self, run: LinkRun, lease: str) -> None:
        job = self.open(run)
        ahead, more = job.pages(run.after), True
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="run-page") as pool:
            pages: deque[tuple[Page, Future[Tally]]] = deque()
            try:
                while more or pages:
                    while more and len(pages) < self.at_once:
                        page = self._await(pool.submit(next, ahead), run.id, lease)
                        pages.append((page, pool.submit(job.do, page)))
                        more = page.after is not None
                    page, doing = pages.popleft()
                    tally = self._await(doing, run.id, lease)
                    last = page.after is None
                    job.settled(page, last=last)
                    self._advance(run.id, lease, page, tally, last)
            except BaseException:
                for _, doing in pages:
                    doing.cancel()
                raise
        log.info("run.done", run_id=run.id)

    def _await(self, doing: Future[T], run_id: str, lease: str) -> T:
        while True:
            try:
                return doing.result(timeout=BEAT_S)
            except NotYet:
                if doing.done():
                    raise
                with self._database.transaction() as session:
                    if not runs.keep_on(session, run_id, lease, self._clock()):
                        raise _Lost from None

    def _advance(self, run_id: str, lease: str, page: Page, tally: Tally, last: bool) -> None:
        now = self._clock()
        with self._database.transaction() as session:
            if not runs.advance(session, run_id, lease, tally, after=page.after, done=last, now=now):
                raise _Lost
            if self._stop.is_set() and not last:
                runs.put_off(session, run_id, lease, now, "")
        if self._stop.is_set():
            raise _Lost

    def _settle(self, run_id: str, lease: str, error: Exception) -> None:
        now, wait = self._clock(), self.patience(error)
        known = isinstance(error, SegueError)
        with self._database.transaction() as session:
            if wait is not None:
                runs.put_off(session, run_id, lease, now + wait, str(error))
            else:
                words = str(error) if known else "something unforeseen happened; the log has the details"
                runs.fail(session, run_id, lease, words, now)
        log.warning("run.stopped", run_id=run_id, error=type(error).__name__, exc_info=not known)
