"""What a worker does for Salesforce beside delivering: links for campaigns, list views and reports."""

from __future__ import annotations

from connectors.background import Background
from connectors.salesforce.lists.runner import OrgRunner
from connectors.salesforce.orgs import Orgs
from plugin.links.keys import Keyring


class SalesforceWork:
    """One worker's."""

    def __init__(self, orgs: Orgs, keyring: Keyring) -> None:
        self._orgs, self._clock = orgs, orgs.clock
        self.lists = OrgRunner(orgs, keyring)
        self._threads = (Background("salesforce-lists", self.lists.due, self.lists.work_once),)

    def step(self) -> int:
        """Keep it going; 0 when there is nothing to do now."""
        return sum(thread.tick() for thread in self._threads)
