"""The orgs of one process."""

from __future__ import annotations

from connectors.opened import Opened
from connectors.salesforce.accounts.find import org_of
from connectors.salesforce.org import Org, open_org


class Orgs(Opened[Org]):
    """Salesforce's."""

    def open(self, installation_id: str) -> Org:
        """Raises `NotFound`."""
        with self.database.reading() as session:
            installation = org_of(session, installation_id)
        return open_org(self.database, self.vault, self.settings, installation, clock=self.clock)
