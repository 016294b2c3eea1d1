"""What a request may call on, made once per process and handed in rather than imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from plugin.engagement.attention.eyes import Eyes
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault, open_vault
from plugin.kernel.settings import Settings
from plugin.links.keys import Keyring
from plugin.media.store import Store, open_store

if TYPE_CHECKING:
    from connectors.hubspot.portals import Portals
    from connectors.registry import Connectors
    from connectors.salesforce.orgs import Orgs


@dataclass(slots=True)
class Services:
    """The process's collaborators."""

    settings: Settings
    database: Database
    vault: Vault
    connectors: Connectors
    clock: Clock = utcnow
    keyring: Keyring = field(init=False)
    _store: Store | None = field(default=None, init=False, repr=False)
    _portals: Portals | None = field(default=None, init=False, repr=False)
    _orgs: Orgs | None = field(default=None, init=False, repr=False)
    eyes: Eyes = field(default_factory=Eyes, init=False)
    """Look at pictures for browsers that can't; their process starts with the first."""

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.database, self.vault, self.settings.link_algorithm)

    @property
    def store(self) -> Store:
        """Where clip bytes live; opened at first need, as an object store's library is large."""
        if self._store is None:
            self._store = open_store(self.settings, self.vault)
        return self._store

    @property
    def portals(self) -> Portals:
        """HubSpot's portals as this process speaks to them; opened at first need, as its client is large."""
        if self._portals is None:
            from connectors.hubspot.portals import Portals

            self._portals = Portals(self.database, self.vault, self.settings, clock=self.clock)
        return self._portals

    @property
    def orgs(self) -> Orgs:
        """Salesforce's orgs as this process speaks to them; opened at first need, as its client is large."""
        if self._orgs is None:
            from connectors.salesforce.orgs import Orgs

            self._orgs = Orgs(self.database, self.vault, self.settings, clock=self.clock)
        return self._orgs


def make_services(settings: Settings) -> Services:
    """Open the database and the vault as the settings say."""
    from connectors.registry import Connectors

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database())
    vault = open_vault(settings)
    return Services(settings, database, vault, Connectors(database, vault=vault, settings=settings))


def attach(app: Flask, services: Services) -> None:
    """Make them reachable from requests."""
    app.extensions["segue"] = services


def services() -> Services:
    """The current app's."""
    return cast("Services", current_app.extensions["segue"])
