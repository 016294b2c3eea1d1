"""Working off what an org is owed by bulk: begun when it is much, taken over from whoever died, settled row by row."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog

from connectors.salesforce.api.errors import (
    Locked,
    NotAllowed,
    NotThere,
    Refused,
    TooMany,
    UnknownName,
    Unreachable,
    Unwell,
)
from connectors.salesforce.backfill import jobs
from connectors.salesforce.backfill.send import goes_in_bulk, send
from connectors.salesforce.models import SalesforceBulkJob
from connectors.salesforce.org import Org
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.writeback.deliver import BUDGET_S, write
from connectors.salesforce.writeback.plan import Plan, answers, plan, sort_out
from plugin.kernel.errors import Busy, SegueError
from plugin.outbox.dispatch import settle
from plugin.outbox.lease import Claim, take_up
from plugin.outbox.ports import Settlement
from plugin.outbox.schedule import RetryPolicy

log = structlog.get_logger()

MANY = 10_000
"""Messages due from which on it is bulk: below, two hundred rows a call are as few calls, and told sooner."""
LOOK_EVERY = timedelta(seconds=15)
AGAIN, RECONNECT = timedelta(seconds=30), timedelta(minutes=10)
BEAT_S = 15.0
"""How often an upload, or results, that take long renew the lease."""
_CHUNK = 1_000


class _Lost(Exception):
    """Somebody else is at it, or we are told to stop."""


class Backfill:
    """This process's hand at bulk jobs, one at a time."""

    def __init__(self, orgs: Orgs) -> None:
        self._orgs, self._database, self._clock = orgs, orgs.database, orgs.clock
        self._stop = Event()
        self._look_at: datetime | None = None

    def due(self) -> bool:
        """Whether a job waits for somebody, or an org is owed much."""
        now = self._clock()
        if self._look_at is not None and now < self._look_at:
            return False
        self._look_at = now + LOOK_EVERY
        with self._database.reading() as session:
            return jobs.waits(session, now) or bool(jobs.owed_more_than(session, MANY, now))

    def stop(self) -> None:
        """Leave the job to whoever comes next."""
        self._stop.set()

    def work(self) -> None:
        """Until nothing is left to do."""
        while not self._stop.is_set() and self.work_once():
            pass

    def work_once(self, *, many: int = MANY, only: str | None = None) -> bool:
        """Take over a job or begin one, and see it through; False when there is none, or it must wait.

        `many`: how much must be owed to begin one. `only`: begin one for this installation alone.
        """
        now = self._clock()
        with self._database.transaction() as session:
            job = jobs.claim(session, now)
            if job is None:
                owed = [each for each in jobs.owed_more_than(session, many, now) if only in (None, each)]
                job = jobs.begin(session, owed[0], now) if owed else None
        if job is None:
            return False
        try:
            with self._beating(job):
                self._see_through(job)
        except _Lost:
            log.info("salesforce.bulk_left", job=job.id)
            return False
        except Exception as error:
            wait = _patience(error)
            with self._database.transaction() as session:
                jobs.put_off(session, job, self._clock() + wait)
            log.warning(
                "salesforce.bulk_put_off",
                job=job.id,
                error=type(error).__name__,
                exc_info=not isinstance(error, SegueError),
            )
            return False
        return True

    @contextmanager
    def _beating(self, job: SalesforceBulkJob) -> Iterator[None]:
        """One call may take longer than the lease: nobody shall take over from who is still at it."""
        over = Event()

        def beat() -> None:
            while not over.wait(BEAT_S):
                # A database that is busy just now is asked again at the next beat.
                with suppress(Busy), self._database.transaction() as session:
                    if not jobs.keep(session, job, self._clock(), {}):
                        return

        beating = Thread(target=beat, name="salesforce-bulk-beat", daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()

    def _see_through(self, job: SalesforceBulkJob) -> None:
        org = self._orgs.of(job.installation_id)
        with self._database.transaction() as session:
            taken = take_up(session, job.installation_id, job.claim, self._clock() + jobs.HOLD)
        hand = _Hand(self, job)
        made = plan(org, sort_out(org, [owed.message for owed in taken.owed]))
        hand.keep()
        outcomes = self._bulk(org, job, made, hand)
        outcomes = {**outcomes, **self._others(org, made, outcomes, hand)}
        self._settle(job, taken, answers(org, made, outcomes))

    def _bulk(self, org: Org, job: SalesforceBulkJob, made: Plan, hand: _Hand) -> Mapping[str, Settlement]:
        rows = {visit_id: row for visit_id, row in made.rows.items() if goes_in_bulk(row)}
        try:
            return send(org, job.job_id, rows, hand)
        except (NotAllowed, UnknownName, NotThere, Refused) as error:
            # Bulk isn't for our user, or not for these rows: by collections each says what it lacks.
            log.warning("salesforce.bulk_refused", installation_id=org.installation_id, error=str(error))
            return {}

    def _others(
        self, org: Org, made: Plan, outcomes: Mapping[str, Settlement], hand: _Hand
    ) -> Mapping[str, Settlement]:
        """Rows that may not go in bulk, and those that it left: two hundred a call, as ever."""
        left = [visit_id for visit_id in made.rows if visit_id not in outcomes]
        found: dict[str, Settlement] = {}
        for start in range(0, len(left), _CHUNK):
            rows = {each: made.rows[each] for each in left[start : start + _CHUNK]}
            found |= write(org, rows, made.subjects, time.monotonic() + BUDGET_S)
            hand.keep()
        return found

    def _settle(self, job: SalesforceBulkJob, taken: Claim, found: Sequence[Settlement]) -> None:
        now = self._clock()
        with self._database.transaction() as session:
            if not jobs.keep(session, job, now, {}):
                raise _Lost
            settle(session, taken, found, now=now, policy=RetryPolicy(), draw=random.uniform)
            jobs.end(session, job, now)


@dataclass(frozen=True, slots=True)
class _Hand:
    backfill: Backfill
    job: SalesforceBulkJob

    def keep(self, **values: object) -> None:
        database, clock = self.backfill._database, self.backfill._clock
        with database.transaction() as session:
            if not jobs.keep(session, self.job, clock(), values):
                raise _Lost

    def rest(self, seconds: float) -> None:
        if self.backfill._stop.wait(seconds):
            with self.backfill._database.transaction() as session:
                jobs.put_off(session, self.job, self.backfill._clock())
            raise _Lost


def _patience(error: Exception) -> timedelta:
    """How long until it is worth going on; what nobody foresaw is looked at again too, as its messages are held."""
    match error:
        case TooMany():
            return timedelta(seconds=error.after_s)
        case Unwell() | Unreachable() | Locked() | Busy():
            return AGAIN
    return RECONNECT
