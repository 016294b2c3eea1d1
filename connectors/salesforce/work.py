"""What a worker does for Salesforce beside delivering."""

from __future__ import annotations

from connectors.background import Background
from connectors.salesforce.orgs import Orgs
from plugin.links.keys import Keyring


class SalesforceWork:
    """One worker's."""

    def __init__(self, orgs: Orgs, keyring: Keyring) -> None:
        self._orgs, self._clock, self._keyring = orgs, orgs.clock, keyring
        self._threads: tuple[Background, ...] = ()

    def step(self) -> int:
        """Keep it going; 0 when there is nothing to do now."""
        return sum(thread.tick() for thread in self._threads)
