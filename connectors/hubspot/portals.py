"""The portals of one process, opened at need and kept with their connections for a minute."""

from __future__ import annotations

from threading import Lock

from cachetools import TTLCache

from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.portal import Portal, open_portal
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings


class Portals:
    """Safe to use from several threads."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, *, clock: Clock = utcnow) -> None:
        self.database, self.vault, self.settings, self.clock = database, vault, settings, clock
        self._open: TTLCache[str, Portal] = TTLCache(maxsize=256, ttl=60)
        self._lock = Lock()

    def of(self, installation_id: str) -> Portal:
        """The portal of an installation; raises `NotFound`, and `BadInput` when its app isn't set up on this server."""
        with self._lock:
            known = self._open.get(installation_id)
        if known is None:
            with self.database.reading() as session:
                installation = portal_of(session, installation_id)
            known = open_portal(self.database, self.vault, self.settings, installation, clock=self.clock)
            with self._lock:
                self._open[installation_id] = known
        return known

    def forget(self, installation_id: str) -> None:
        """Open it anew at next need."""
        with self._lock:
            self._open.pop(installation_id, None)
