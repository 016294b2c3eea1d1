"""A CRM's sandbox in a process of its own, and our workers in theirs, to be killed: what write-back is measured on."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import structlog
from sqlalchemy import func, select

import web.tables
from connectors.registry import Connectors
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.outbox.circuits import Circuits
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery

__all__ = ["Stand", "behind_a_pipe", "quiet", "served", "start", "trouble_of", "web"]

VAULT = Vault(bytes(range(32)))
IDLE_S = 0.25
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Stand:
    """Our database, and the sandbox behind a pipe."""

    database: Database
    settings: Settings
    installation_id: str
    pipe: Connection = field(repr=False)

    def ask(self, what: str, **how: Any) -> Any:
        """Have the sandbox's process do something: a method of what it serves."""
        self.pipe.send((what, how))
        return self.pipe.recv()

    def owe(self, drafts: Sequence[Draft]) -> None:
        """As settling does: visit by visit, in one transaction for some."""
        for begin in range(0, len(drafts), 4_000):
            with self.database.transaction() as session:
                enqueue(session, drafts[begin : begin + 4_000])

    def feeder(self, drafts: Sequence[Draft]) -> BaseProcess:
        """A process that owes them, some visits a transaction, until it is done or killed.

        Begun anew it begins at the first, as browsers and `settle` do that got no answer.
        """
        return start(_feed, self.url, drafts)

    def count(self, *where: Any) -> int:
        """Messages of which that holds."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Delivery).where(*where)) or 0

    def delivered(self) -> int:
        """Messages delivered so far."""
        return self.count(Delivery.status == "delivered")

    def written_down(self) -> int:
        """Messages there are, delivered or not."""
        return self.count()

    def owed(self) -> int:
        """Messages still to be delivered."""
        return self.count(Delivery.status == "pending")

    def worker(self, later: timedelta = timedelta()) -> BaseProcess:
        """One more process that delivers until it is killed; `later`: how far its clock is ahead."""
        return start(_work, self.url, self.settings, later)

    @property
    def url(self) -> str:
        """The database's."""
        return self.database.engine.url.render_as_string(hide_password=False)


def start(job: Callable[..., None], *words: Any) -> BaseProcess:
    """A process of its own."""
    made = _SPAWN.Process(target=job, args=words, daemon=True)
    made.start()
    return made


@contextmanager
def behind_a_pipe(serve: Callable[..., None], *words: Any) -> Iterator[tuple[Connection, Any]]:
    """A process that serves, and the first it said."""
    quiet()
    ours, theirs = _SPAWN.Pipe()
    process = start(serve, theirs, *words)
    try:
        yield ours, ours.recv()
    finally:
        process.kill()
        process.join()


def served(pipe: Connection, first: Any, does: object) -> None:
    """Say `first`, then do what is asked for until killed."""
    pipe.send(first)
    while True:
        what, how = pipe.recv()
        pipe.send(getattr(does, what)(**how))


def trouble_of(faults: Any, rules: Sequence[Mapping[str, Any]]) -> None:
    """What goes wrong in a sandbox from now on; nothing, when there are no rules."""
    faults.clear(seed=11)
    for rule in rules:
        faults.add(**rule)


def calls_of(counts: Any, path: str = "") -> dict[int, int]:
    """A sandbox's calls by their status, of paths that hold `path`; 0: the connection was cut instead of an answer."""
    found: dict[int, int] = {}
    for row in counts.as_json()["requests"]:
        if path in row["path"]:
            found[row["status"]] = found.get(row["status"], 0) + row["requests"]
    return found


def quiet() -> None:
    """No log line costs what is measured."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def ahead(later: timedelta) -> Clock:
    """A clock that is ahead."""

    def clock() -> datetime:
        return utcnow() + later

    return clock


def _feed(url: str, drafts: Sequence[Draft]) -> None:
    quiet()
    database = Database(url)
    for begin in range(0, len(drafts), 800):
        with database.transaction() as session:
            enqueue(session, drafts[begin : begin + 800])


def _work(url: str, settings: Settings, later: timedelta) -> None:
    quiet()
    database, clock = Database(url), ahead(later)
    connectors = Connectors(database, vault=VAULT, settings=settings, clock=clock)
    circuits = Circuits(clock=clock)
    while True:
        try:
            done = dispatch_once(database, connectors.of, circuits=circuits, clock=clock)
        except Busy:
            done = 0
        if not done:
            time.sleep(IDLE_S)
