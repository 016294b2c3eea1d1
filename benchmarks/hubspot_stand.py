"""HubSpot's sandbox, and an account of it that our workers tell: what `hubspot` measures on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.stand import VAULT, Stand, behind_a_pipe, calls_of, quiet, served, trouble_of
from connectors.hubspot.accounts import provision
from connectors.hubspot.accounts.config import PortalConfig, Timeline
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.accounts.tokens import ACCESS
from connectors.hubspot.portal import NAME, open_portal
from connectors.hubspot.sandbox import Sandbox, timeline, write
from connectors.hubspot.sandbox.media_bridge import provider_of
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.database import Database, Entity
from plugin.kernel.settings import Settings

POSSIBLE: tuple[Timeline, ...] = ("app_events", "media_bridge", "custom_events", "none")


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
class Portal(Stand):
    """The stand of an account."""

    account: Account

    def choose(self, form: Timeline, *, per_10s: int) -> None:
        """Tell in this form, under this limit; the sandbox has the same."""
        with self.database.transaction() as session:
            row = session.get_one(Installation, self.installation_id)
            changed = {"chosen": form, "possible": list(POSSIBLE), "calls_per_10s": per_10s}
            row.config = {**row.config, **changed}
        self.ask("limit", per_10s=per_10s)


@contextmanager
def stand(folder: Path, contacts: int) -> Iterator[Portal]:
    """A fresh database on SQLite with `synchronous=FULL`, and a portal with so many contacts."""
    with behind_a_pipe(_serve, contacts) as (pipe, account):
        database = Database(f"sqlite:///{folder / 'hubspot.sqlite3'}")
        Entity.metadata.create_all(database.engine)
        settings = Settings(hubspot_api=account.origin)
        config = PortalConfig(app_id=account.app_id, scopes=account.scopes, possible=POSSIBLE, calls_per_10s=1_000_000)
        with database.transaction() as session:
            made = Installation(connector=NAME, account=account.portal_id, label="Bench", config=config.as_json())
            session.add(made)
            session.flush()
            credentials.keep(session, VAULT, made.id, {ACCESS: account.token})
        with database.reading() as session:
            installation = portal_of(session, made.id)
        provision.apply(open_portal(database, VAULT, settings, installation))
        yield Portal(database, settings, made.id, pipe, account)
        database.dispose()


def _serve(pipe: Connection, contacts: int) -> None:
    quiet()
    with Sandbox(tier="enterprise", seeded=False) as sandbox:
        does = _Served(sandbox)
        served(pipe, does.set_up(contacts), does)


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
        trouble_of(self._sandbox.faults, rules)

    def reset(self) -> None:
        """Count anew."""
        self._sandbox.counts.reset()
        for each in self._account.installations.values():
            each.limits.forget()

    def calls(self) -> dict[int, int]:
        """Calls by their status; 0: the connection was cut instead of an answer."""
        return calls_of(self._sandbox.counts)

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
