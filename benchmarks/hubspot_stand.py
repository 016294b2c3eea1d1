"""HubSpot's sandbox in a process of its own, and our workers in theirs, to be killed: what `hubspot` measures on."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

import web.tables
from connectors.hubspot.accounts import provision
from connectors.hubspot.accounts.config import PortalConfig, Timeline
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.accounts.tokens import ACCESS
from connectors.hubspot.portal import NAME, open_portal
from connectors.hubspot.sandbox import Sandbox, timeline, write
from connectors.hubspot.sandbox.media_bridge import provider_of
from connectors.registry import Connectors
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.database import Database, Entity
from plugin.kernel.errors import Busy
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.outbox.circuits import Circuits
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery

__all__ = ["Stand", "stand", "web"]

VAULT = Vault(bytes(range(32)))
IDLE_S = 0.25
POSSIBLE: tuple[Timeline, ...] = ("app_events", "media_bridge", "custom_events", "none")
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Account:
    """A portal as it was set up, and its contacts."""

    origin: str
    portal_id: str
    app_id: str
    token: str
    scopes: tuple[str, ...]
    contacts: tuple[str, ...]


@dataclass
class Stand:
    """Our database, and the sandbox behind a pipe."""

    database: Database
    account: Account
    settings: Settings
    installation_id: str
    _pipe: Connection = field(repr=False)

    def ask(self, what: str, **how: Any) -> Any:
        """Have the sandbox's process do something: see `_Served`."""
        self._pipe.send((what, how))
        return self._pipe.recv()

    def choose(self, form: Timeline, *, per_10s: int) -> None:
        """Tell in this form, under this limit; the sandbox has the same."""
        with self.database.transaction() as session:
            row = session.get_one(Installation, self.installation_id)
            changed = {"chosen": form, "possible": list(POSSIBLE), "calls_per_10s": per_10s}
            row.config = {**row.config, **changed}
        self.ask("limit", per_10s=per_10s)

    def owe(self, drafts: Sequence[Draft]) -> None:
        """As settling does: visit by visit, in one transaction for some."""
        for start in range(0, len(drafts), 4_000):
            with self.database.transaction() as session:
                enqueue(session, drafts[start : start + 4_000])

    def feeder(self, drafts: Sequence[Draft]) -> BaseProcess:
        """A process that owes them, some visits a transaction, until it is done or killed.

        Begun anew it begins at the first, as browsers and `settle` do that got no answer.
        """
        url = self.database.engine.url.render_as_string(hide_password=False)
        made = _SPAWN.Process(target=_feed, args=(url, drafts), daemon=True)
        made.start()
        return made

    def delivered(self) -> int:
        """Messages delivered so far."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).where(Delivery.status == "delivered")) or 0

    def written_down(self) -> int:
        """Messages there are, delivered or not."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Delivery)) or 0

    def owed(self) -> int:
        """Messages still to be delivered."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).where(Delivery.status == "pending")) or 0

    def worker(self) -> BaseProcess:
        """One more process that delivers until it is killed."""
        url = self.database.engine.url.render_as_string(hide_password=False)
        made = _SPAWN.Process(target=_work, args=(url, self.settings.hubspot_api), daemon=True)
        made.start()
        return made


@contextmanager
def stand(folder: Path, contacts: int) -> Iterator[Stand]:
    """A fresh database on SQLite with `synchronous=FULL`, and a portal with so many contacts."""
    quiet()
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve, args=(theirs, contacts), daemon=True)
    process.start()
    account: Account = ours.recv()
    database = Database(f"sqlite:///{folder / 'hubspot.sqlite3'}")
    Entity.metadata.create_all(database.engine)
    settings = Settings(hubspot_api=account.origin)
    config = PortalConfig(app_id=account.app_id, scopes=account.scopes, possible=POSSIBLE, calls_per_10s=1_000_000)
    with database.transaction() as session:
        made = Installation(connector=NAME, account=account.portal_id, label="Bench", config=config.as_json())
        session.add(made)
        session.flush()
        credentials.keep(session, VAULT, made.id, {ACCESS: account.token})
    try:
        with database.reading() as session:
            installation = portal_of(session, made.id)
        provision.apply(open_portal(database, VAULT, settings, installation))
        yield Stand(database, account, settings, made.id, ours)
    finally:
        process.kill()
        process.join()
        database.dispose()


def quiet() -> None:
    """No log line costs what is measured."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _feed(url: str, drafts: Sequence[Draft]) -> None:
    quiet()
    database = Database(url)
    for start in range(0, len(drafts), 800):
        with database.transaction() as session:
            enqueue(session, drafts[start : start + 800])


def _work(url: str, origin: str) -> None:
    quiet()
    database = Database(url)
    connectors = Connectors(database, vault=VAULT, settings=Settings(hubspot_api=origin))
    circuits = Circuits()
    while True:
        try:
            done = dispatch_once(database, connectors.of, circuits=circuits)
        except Busy:
            done = 0
        if not done:
            time.sleep(IDLE_S)


def _serve(pipe: Connection, contacts: int) -> None:
    quiet()
    with Sandbox(tier="enterprise", seeded=False) as sandbox:
        served = _Served(sandbox)
        pipe.send(served.set_up(contacts))
        while True:
            what, how = pipe.recv()
            pipe.send(getattr(served, what)(**how))


class _Served:
    """What the sandbox's process does when asked."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._account = sandbox, sandbox.portal

    def set_up(self, contacts: int) -> Account:
        """A portal that allows every form."""
        account = self._account
        self._sandbox.app.app_events = True
        app = account.create_private_app(account.grantable(app_events=True), app_events=True)
        app.limits.burst, app.limits.daily = 1_000_000, None
        provider = provider_of(account, app.app_id)
        provider.name, provider.types = "Segue", {"VIDEO"}
        made = tuple(write.create(account, account.contacts, {"firstname": f"C{n}"}).id for n in range(contacts))
        scopes = tuple(sorted(app.scopes))
        return Account(self._sandbox.origin, str(account.id), str(app.app_id), app.token, scopes, made)

    def limit(self, per_10s: int) -> None:
        """Calls HubSpot takes in ten seconds."""
        for each in self._account.installations.values():
            each.limits.burst = per_10s

    def trouble(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """What goes wrong from now on; nothing, when there are no rules."""
        self._sandbox.faults.clear(seed=11)
        for rule in rules:
            self._sandbox.faults.add(**rule)

    def reset(self) -> None:
        """Count anew."""
        self._sandbox.counts.reset()
        for each in self._account.installations.values():
            each.limits.forget()

    def calls(self) -> dict[int, int]:
        """Calls by their status; 0: the connection was cut instead of an answer."""
        found: dict[int, int] = {}
        for row in self._sandbox.counts.as_json()["requests"]:
            found[row["status"]] = found.get(row["status"], 0) + row["requests"]
        return found

    def most_in_10s(self) -> int:
        """The most calls that came in any ten seconds."""
        return max(each.limits.most_in_window for each in self._account.installations.values())

    def told(self) -> dict[str, tuple[list[str], int, str]]:
        """Of each contact: ids of the app events in the order they came, the number of notes, the count of opens."""
        found: dict[str, tuple[list[str], int, str]] = {}
        for contact in self._account.contacts.live():
            entries = timeline.entries(self._account, contact.id)
            ids = [str(each["raw"]["id"]) for each in entries if each["kind"] == "app_event"]
            notes = sum(each["kind"] == "note" for each in entries)
            found[contact.id] = (ids, notes, contact.properties.get("segue_open_count", "0"))
        return found

    def arrivals(self) -> dict[str, float]:
        """When each app event came, in seconds since 1970, by its id."""
        return {str(each.raw["id"]): each.arrived_at for each in self._account.timeline if each.kind == "app_event"}
