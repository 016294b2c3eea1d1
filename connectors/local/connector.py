"""The embedded CRM behind the `Connector` port."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from plugin.kernel.database import Database
from plugin.outbox.ports import Message, Settlement
from plugin.recipients.ports import ExternalRef, Record


class LocalCrm:
    """Contacts and timeline in our own database, spoken to as if it were someone else's."""

    max_batch = 500

    def __init__(self, database: Database, installation_id: str) -> None:
        self._database = database
        self._installation_id = installation_id

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        raise NotImplementedError

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        raise NotImplementedError
