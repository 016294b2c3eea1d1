"""HubSpot behind the `Connector` port."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.hubspot.portal import Portal
from connectors.hubspot.read import live
from connectors.hubspot.writeback.calls import Times
from connectors.hubspot.writeback.deliver import deliver
from plugin.outbox.ports import Message, Settlement
from plugin.recipients.ports import ExternalRef, Record

MANY_CONTACTS, MANY_MESSAGES = 500, 5_000
"""Of a long queue so much at once: each kind of call is then filled but for its last, one in ten or fewer."""
FEW_CONTACTS, FEW_MESSAGES = 100, 300
"""Where an event takes a call of its own (Media Bridge), as many as go out within a delivery's time."""


class HubSpotCrm:
    """One portal, read and told."""

    def __init__(self, portal: Portal, *, times: Times | None = None) -> None:
        self._portal, self._times = portal, times
        one_by_one = portal.config.timeline == "media_bridge"
        self.max_subjects = FEW_CONTACTS if one_by_one else MANY_CONTACTS
        self.max_batch = FEW_MESSAGES if one_by_one else MANY_MESSAGES

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        """The contact now, with primary company and deal: see `read.live`."""
        return live.read(self._portal, ref, paths, timeout_s=timeout_s)

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        """Tell the portal, each message once: see `writeback.deliver`."""
        return deliver(self._portal, messages, times=self._times)
