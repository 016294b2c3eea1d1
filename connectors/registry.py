"""Which connector speaks for an installation."""

from __future__ import annotations

from cachetools import TTLCache

from connectors.local.connector import LocalCrm
from plugin.accounts.models import Installation
from plugin.kernel.database import Database
from plugin.kernel.errors import NotFound
from plugin.outbox.ports import Connector


class Connectors:
    """Opens a connector per installation and keeps it, with its connections, for a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: TTLCache[str, Connector] = TTLCache(maxsize=256, ttl=60)

    def of(self, installation_id: str) -> Connector:
        """The connector of one installation; raises `NotFound`."""
        if (known := self._open.get(installation_id)) is not None:
            return known
        with self._database.reading() as session:
            installation = session.get(Installation, installation_id)
        if installation is None or installation.connector != "local":
            raise NotFound("no connector for this installation")
        connector = self._open[installation_id] = LocalCrm(self._database, installation_id)
        return connector
