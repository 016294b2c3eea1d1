"""A Salesforce org behind the `Connector` port."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.salesforce.org import Org
from connectors.salesforce.read.live import make_reader
from connectors.salesforce.writeback.deliver import BATCH, deliver
from plugin.outbox.ports import Message, Settlement
from plugin.recipients.ports import ExternalRef, Record


class SalesforceCrm:
    """One org: read live, told by upserts."""

    max_batch = 2_000
    max_subjects = 2 * BATCH
    """A call takes 200 rows, however many messages are about each; a person may have several."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._reader = make_reader(org)

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        """The record as it is now; raises `ProfileUnavailable` or `RecordGone`."""
        return self._reader.read(ref, paths, timeout_s=timeout_s)

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        """Write each visit's row, once by its key."""
        return deliver(self.org, messages)
