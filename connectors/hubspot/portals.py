"""The portals of one process."""

from __future__ import annotations

from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.portal import Portal, open_portal
from connectors.opened import Opened


class Portals(Opened[Portal]):
    """HubSpot's."""

    def open(self, installation_id: str) -> Portal:
        """Raises `NotFound`, and `BadInput` when the portal's app isn't set up on this server."""
        with self.database.reading() as session:
            installation = portal_of(session, installation_id)
        return open_portal(self.database, self.vault, self.settings, installation, clock=self.clock)
