"""Which connector speaks for an installation."""

from __future__ import annotations

from threading import Lock

from cachetools import TTLCache

from connectors.local.connector import LocalCrm
from plugin.accounts.models import Installation
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import NotFound
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.outbox.ports import Connector


class Connectors:
    """Opens a connector per installation and keeps it, with its connections, for a minute."""

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault | None = None,
        settings: Settings | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._database, self._vault, self._settings = database, vault, settings
        self._clock = clock
        self._open: TTLCache[str, Connector] = TTLCache(maxsize=256, ttl=60)
        # Opens read in threads beside the worker's, and a TTLCache isn't made for that.
        self._lock = Lock()

    def of(self, installation_id: str) -> Connector:
        """The connector of one installation; raises `NotFound`."""
        with self._lock:
            known = self._open.get(installation_id)
        if known is not None:
            return known
        connector = self._make(installation_id)
        with self._lock:
            self._open[installation_id] = connector
        return connector

    def forget(self, installation_id: str) -> None:
        """Open it anew at next need: it was connected again, or its admin chose otherwise."""
        with self._lock:
            self._open.pop(installation_id, None)

    def _make(self, installation_id: str) -> Connector:
        with self._database.reading() as session:
            installation = session.get(Installation, installation_id)
        name = installation.connector if installation is not None else ""
        if installation is None or (name != "local" and (self._vault is None or self._settings is None)):
            raise NotFound("no connector for this installation")
        if name == "local":
            return LocalCrm(self._database, installation_id, clock=self._clock)
        assert self._vault is not None
        assert self._settings is not None
        # Imported when there is one to open: their clients are large, and most servers have one CRM.
        if name == "hubspot":
            from connectors.hubspot.connector import HubSpotCrm
            from connectors.hubspot.portal import open_portal

            portal = open_portal(self._database, self._vault, self._settings, installation, clock=self._clock)
            return HubSpotCrm(portal)
        if name == "salesforce":
            from connectors.salesforce.connector import SalesforceCrm
            from connectors.salesforce.org import open_org

            org = open_org(self._database, self._vault, self._settings, installation, clock=self._clock)
            return SalesforceCrm(org)
        raise NotFound("no connector for this installation")
