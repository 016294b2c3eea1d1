"""Two that need an org's next session at the same moment: they race for the one refresh token, and the org counts."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from typing import Any, Protocol
from urllib.parse import parse_qs

import structlog

from connectors.salesforce.accounts.config import OrgConfig
from connectors.salesforce.accounts.tokens import OrgTokens
from connectors.salesforce.api.session import make_session
from connectors.salesforce.held import CLIENT_ID, CLIENT_SECRET, INSTANCE, REFRESH
from connectors.salesforce.org import NAME
from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.oauth.apps import ClientApp
from connectors.sandbox.counts import Exchange
from connectors.tokens import ACCESS
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault

VAULT = Vault(bytes(range(32)))
LOGIN = OrgConfig().login
PATIENCE_S = 60.0
_SPAWN = multiprocessing.get_context("spawn")


class Gate(Protocol):
    """A barrier of threads or of processes."""

    def wait(self, timeout: float | None = None) -> int: ...


class Seen:
    """What the token endpoint was sent: each refresh token, how often, and how many requests were refused."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.tokens: Counter[str] = Counter()
        self.refused = 0
        self._lock = threading.Lock()
        sandbox.counts.recorders.append(self._note)

    @property
    def sent(self) -> int:
        return sum(self.tokens.values())

    @property
    def doubles(self) -> int:
        return sum(times - 1 for times in self.tokens.values())

    def _note(self, exchange: Exchange) -> None:
        if not exchange.target.endswith("/oauth2/token"):
            return
        with self._lock:
            self.tokens.update(parse_qs(exchange.request_body.decode())[REFRESH])
            self.refused += exchange.status != 200


def enter(sandbox: Sandbox, database: Database, number: int) -> list[str]:
    """So many connections, each by an app and a grant of its own (of one app five would be the most)."""
    org, made = sandbox.org, []
    for place in range(number):
        app = ClientApp(name=f"Racer {place}", consumer_key=f"key-{place}", allowed={org.integration_id})
        sandbox.logins.apps.append(app)
        grant = sandbox.logins.new_grant(app, org.integration_id, app.scopes)
        session = sandbox.logins.new_session(app, org.integration_id, app.scopes, sandbox.clock())
        values = {
            ACCESS: session.token,
            INSTANCE: sandbox.origin,
            REFRESH: grant.refresh_token,
            CLIENT_ID: app.consumer_key,
            CLIENT_SECRET: app.consumer_secret,
        }
        config = OrgConfig(auth="web").as_json()
        with database.transaction() as writing:
            row = Installation(connector=NAME, account=f"00D{place:015}", label="Racer", config=config)
            writing.add(row)
            writing.flush()
            credentials.keep(writing, VAULT, row.id, values)
        made.append(row.id)
    return made


def tokens_of(database: Database, origin: str, installation_id: str) -> OrgTokens:
    """As a process of its own has them."""
    session = make_session(origin)
    return OrgTokens(database, VAULT, installation_id, auth="web", login=LOGIN, session=session)


def race(tokens: OrgTokens, gate: Gate, races: int) -> list[str]:
    """Each time the org refuses the session that both hold: the sessions that came of it."""
    held, found = tokens.current(), []
    for _ in range(races):
        gate.wait(PATIENCE_S)
        held = tokens.renewed(held)
        found.append(held)
    return found


@dataclass
class Pair:
    """Two processes that run all the races, each for one side; `sides` waits for what came of it."""

    url: str
    origin: str
    entrants: Sequence[str]
    races: int

    def sides(self, within_s: float) -> list[list[list[str]]]:
        gates = [_SPAWN.Barrier(2) for _ in self.entrants]
        done: Queue[list[list[str]]] = _SPAWN.Queue()
        arguments = (done, self.url, self.origin, self.entrants, gates, self.races)
        processes = [_SPAWN.Process(target=_side, args=arguments, daemon=True) for _ in range(2)]
        for process in processes:
            process.start()
        try:
            return [done.get(timeout=within_s) for _ in processes]
        finally:
            for process in processes:
                process.kill()
                process.join()


def _side(done: Queue[list[list[str]]], *arguments: Any) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    done.put(run_all(*arguments))


def run_all(url: str, origin: str, entrants: Sequence[str], gates: Sequence[Gate], races: int) -> list[list[str]]:
    """One racer of every pair, each in a thread, over a database handle of their own."""
    database = Database(url)
    found: list[Any] = [None] * len(entrants)

    def go(place: int) -> None:
        found[place] = race(tokens_of(database, origin, entrants[place]), gates[place], races)

    threads = [threading.Thread(target=go, args=(place,)) for place in range(len(entrants))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.dispose()
    return found
