"""What the timeline forms share: what became of each message, and finding who a refused batch is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.api.errors import HubSpotError, MissingScopes, NotThere, Refused
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback import ledger
from connectors.hubspot.writeback.calls import PutOff
from connectors.hubspot.writeback.ledger import Told
from connectors.hubspot.writeback.settle import of_error
from connectors.hubspot.writeback.writing import write_down
from plugin.outbox.ports import Dead, Delivered, Settlement

MOST_SPLITS = 64
"""Calls spent in one delivery on finding out whom a refused batch is about."""

Send = Callable[[Sequence[Told]], None]
"""Send them in one call, whole or not at all; raises `HubSpotError`."""


@dataclass(slots=True)
class Sent:
    """What became of each message on the timeline, by its key."""

    fates: dict[str, Settlement] = field(default_factory=dict)
    closed: dict[str, HubSpotError] = field(default_factory=dict)
    """Those this portal doesn't let us tell in this form any more."""

    def add(self, other: Sent) -> None:
        """What another call found out."""
        self.fates |= other.fates
        self.closed |= other.closed

    def put(self, told: Iterable[Told], error: HubSpotError | None, form: Timeline) -> None:
        """One call's outcome for all it was about."""
        for each in told:
            if error is not None and is_closed(error):
                self.closed[each.key] = error
            else:
                self.fates[each.key] = Delivered() if error is None else _fate(error, form)

    def is_told(self, told: Told) -> bool:
        """Whether nothing is left to do for it, or ever will be."""
        fate = self.fates.get(told.key)
        return told.key in self.closed or isinstance(fate, Delivered | Dead)


def finish(portal: Portal, told: Iterable[Told], sent: Sent) -> None:
    """Write down those that are on the timeline now."""
    keys = [each.key for each in told if isinstance(sent.fates.get(each.key), Delivered)]
    if keys:
        write_down(portal.database, lambda session: ledger.finish(session, keys))


def is_closed(error: HubSpotError) -> bool:
    """Whether this form isn't open to us at all (403), whatever is sent."""
    return isinstance(error, MissingScopes) or error.status == 403


def _fate(error: HubSpotError, form: Timeline) -> Settlement:
    if isinstance(error, Refused | NotThere):
        name = form.replace("_", " ")
        return Dead(
            f"It stands in the contact's properties and note, but not as {name}: {error}. Mend that, then retry."
        )
    return of_error(error)


def by_contact(told: Iterable[Told]) -> list[list[Told]]:
    """Each contact's messages, in their order."""
    found: dict[str, list[Told]] = {}
    for each in told:
        found.setdefault(each.contact_id, []).append(each)
    return list(found.values())


def without(batch: Sequence[Told], contacts: Collection[str]) -> list[Told]:
    """Those about nobody of these."""
    return [each for each in batch if each.contact_id not in contacts]


class Sifting:
    """Sending what HubSpot takes whole or not at all; when it refuses, by halves, down to whom it is about."""

    def __init__(self, form: Timeline) -> None:
        self._form = form
        self._left = MOST_SPLITS

    def sift(self, told: Sequence[Told], send: Send, *, known: type[HubSpotError] | None = None) -> Sent:
        """Send them; an error of the kind `known` for one alone means that HubSpot has it."""
        sent = Sent()
        error = self._error(told, send)
        splits = isinstance(error, Refused | NotThere) or (known is not None and isinstance(error, known))
        if error is None or is_closed(error) or not splits:
            sent.put(told, error, self._form)
        elif len(told) == 1:
            there = known is not None and isinstance(error, known)
            sent.put(told, None if there else error, self._form)
        elif self._left <= 0:
            sent.put(told, PutOff(f"{error} (looking for whom it is about)", None), self._form)
        else:
            self._left -= 2
            middle = len(told) // 2
            for half in (told[:middle], told[middle:]):
                sent.add(self.sift(half, send, known=known))
        return sent

    def _error(self, told: Sequence[Told], send: Send) -> HubSpotError | None:
        try:
            send(told)
        except HubSpotError as error:
            return error
        return None
