"""A worker process that does lists, to be killed."""

from __future__ import annotations

import web.tables
from connectors.hubspot.lists import find, page
from connectors.hubspot.lists.runner import ListRunner
from connectors.hubspot.portals import Portals
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.links.keys import Keyring

__all__ = ["web", "work"]


def work(url: str, origin: str, master: bytes) -> None:
    """What a worker does with lists, for as long as it lives."""
    find.PAGE, page.MOST = 20, 10
    database, vault = Database(url), Vault(master)
    settings = Settings(hubspot_api=origin, public_origin="https://video.example")
    runner = ListRunner(Portals(database, vault, settings), Keyring(database, vault))
    while runner.work_once():
        pass
