"""The portals this process speaks to, opened at need and kept for a minute with their connections."""

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
    """Portals by installation id; safe between threads."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, *, clock: Clock = utcnow) -> None:
        self._database, self._vault, self._settings, self._clock = database, vault, settings, clock
        self._open: TTLCache[str, Portal] = TTLCache(maxsize=256, ttl=60)
        self._lock = Lock()

    def of(self, installation_id: str) -> Portal:
        """The portal of one installation; raises `NotFound`, and `BadInput` when its app isn't set up here."""
        with self._lock:
            known = self._open.get(installation_id)
        if known is not None:
            return known
        with self._database.reading() as session:
            installation = portal_of(session, installation_id)
        made = open_portal(self._database, self._vault, self._settings, installation, clock=self._clock)
        with self._lock:
            self._open[installation_id] = made
        return made

    def forget(self, installation_id: str) -> None:
        """Open it anew at next need: it was connected again."""
        with self._lock:
            self._open.pop(installation_id, None)
