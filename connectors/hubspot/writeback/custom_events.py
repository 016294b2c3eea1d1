"""Custom events: 500 a call, each with a UUID by which HubSpot takes it once, however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.accounts.events import defined_events
from connectors.hubspot.api.errors import HubSpotError, Refused
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.events import event_of, uuid_of
from connectors.hubspot.writeback.forms import Sent, Sifting, by_contact, finish, is_closed, without
from connectors.hubspot.writeback.ledger import Told
from connectors.hubspot.writeback.pack import pack
from connectors.hubspot.writeback.text import iso

BATCH = 500
FORM: Timeline = "custom_events"
_PATH = f"/events/custom/{API}/send/batch"


class Undefined(HubSpotError):
    """The account has no such event definition any more."""


def tell(calls: Calls, portal: Portal, told: Sequence[Told]) -> Sent:
    """Send them; repeated after no answer or a crash, they are there once."""
    return _Sending(calls, portal).tell(told)


class _Sending:
    def __init__(self, calls: Calls, portal: Portal) -> None:
        self._calls, self._portal = calls, portal
        self._sifting = Sifting(FORM)

    def tell(self, told: Sequence[Told]) -> Sent:
        sent = Sent()
        waiting: set[str] = set()
        for wave in pack(by_contact(told), BATCH):
            batches = [without(batch, waiting) for batch in wave]
            for found in self._calls.each([partial(self._batch, batch) for batch in batches if batch]):
                sent.add(found)
            waiting |= {each.contact_id for batch in batches for each in batch if not sent.is_told(each)}
        return sent

    def _batch(self, told: Sequence[Told]) -> Sent:
        sent = self._sent(told)
        # At once: after a kill the fewest are sent again, though that does no harm.
        finish(self._portal, told, sent)
        return sent

    def _sent(self, told: Sequence[Told]) -> Sent:
        sent = Sent()
        try:
            self._send(told)
        except Refused as error:
            if is_closed(error):
                sent.put(told, error, FORM)
                return sent
            undefined = [each for each in told if event_of(each.message, each.visit_id).name in self._undefined]
            sent.closed |= {each.key: Undefined(str(error)) for each in undefined}
            left = [each for each in told if each.key not in sent.closed]
            sent.add(self._sifting.sift(left, self._send) if left else Sent())
        except HubSpotError as error:
            sent.put(told, error, FORM)
        else:
            sent.put(told, None, FORM)
        return sent

    def _send(self, told: Sequence[Told]) -> None:
        self._calls.post(_PATH, {"inputs": [self._input(each) for each in told]})

    def _input(self, told: Told) -> dict[str, Any]:
        event = event_of(told.message, told.visit_id)
        return {
            "eventName": self._portal.config.events.get(event.name, event.name),
            "objectId": told.contact_id,
            "uuid": uuid_of(told.key),
            "occurredAt": iso(told.message.occurred_at),
            "properties": event.properties,
        }

    @cached_property
    def _undefined(self) -> frozenset[str]:
        """Our events the account doesn't have any more; looked up when it refuses some."""
        defined = defined_events(self._portal.api, self._portal.config.scopes)
        if defined is None:
            return frozenset()
        return frozenset(name for name in self._portal.config.events if name not in defined)
