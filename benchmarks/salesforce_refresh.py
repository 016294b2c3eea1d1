"""10,000 times two processes need an org's next session at once: how often refresh tokens were sent, and twice."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from pathlib import Path

import structlog

import web.tables
from benchmarks.figures import Figure
from connectors.salesforce.accounts.oauth import TokenEndpoint
from connectors.salesforce.accounts.tokens import ask_for, values_of
from connectors.salesforce.api.errors import SalesforceError
from connectors.salesforce.api.session import make_session
from connectors.salesforce.sandbox import Sandbox
from plugin.accounts import credentials
from plugin.kernel.database import Database, Entity
from tests.connectors.salesforce.races import LOGIN, VAULT, Pair, Seen, enter

__all__ = ["run", "web"]

ORGS, RACES = 20, 500
WITHIN_S = 1_800.0


def run() -> list[Figure]:
    """On SQLite with `synchronous=FULL`; the peer refreshes without asking who else is at it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        seen, took_s = _raced(Path(folder))
        lost, doubles = _naive(Path(folder))
    races = ORGS * RACES
    rate = f"{races:,} races of two processes in {took_s:.0f} s; refused {seen.refused}"
    peer = f"without the lease, of {ORGS} orgs {lost} were lost within {RACES} races, {doubles} tokens sent twice"
    return [
        Figure("salesforce: refresh tokens sent twice", seen.doubles, "", "0", not seen.doubles, f"{rate}; {peer}"),
        Figure(f"salesforce: refreshes in {races:,} races", seen.sent, "", f"{races:,}", seen.sent == races, rate),
    ]


def _raced(folder: Path) -> tuple[Seen, float]:
    url = f"sqlite:///{folder / 'races.sqlite3'}"
    with Sandbox(seeded=False) as sandbox:
        entrants = enter(sandbox, _fresh(url), ORGS)
        seen, began = Seen(sandbox), time.perf_counter()
        one, other = Pair(url, sandbox.origin, entrants, RACES).sides(WITHIN_S)
        assert one == other, "both sides must end with the same sessions"
        return seen, time.perf_counter() - began


def _naive(folder: Path) -> tuple[int, int]:
    """Each of two threads reads the credential, asks, and writes what it got, until the org is lost."""
    url = f"sqlite:///{folder / 'naive.sqlite3'}"
    database = _fresh(url)
    with Sandbox(seeded=False) as sandbox:
        entrants = enter(sandbox, database, ORGS)
        seen = Seen(sandbox)
        lost = sum(_until_lost(database, sandbox.origin, entrant) for entrant in entrants)
    return lost, seen.doubles


def _until_lost(database: Database, origin: str, installation_id: str) -> bool:
    gate, refused = threading.Barrier(2), threading.Event()

    def go() -> None:
        endpoint = TokenEndpoint(LOGIN, make_session(origin))
        for _ in range(RACES):
            gate.wait()
            if refused.is_set():
                return
            with database.reading() as session:
                held = credentials.look(session, VAULT, installation_id).values
            gate.wait()
            try:
                fresh = values_of(ask_for(endpoint, "web", held))
            except SalesforceError:
                refused.set()
                continue
            with database.transaction() as session:
                credentials.keep(session, VAULT, installation_id, {**held, **fresh})

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused.is_set()


def _fresh(url: str) -> Database:
    database = Database(url)
    Entity.metadata.create_all(database.engine)
    return database
