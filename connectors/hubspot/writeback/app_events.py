"""App events: a hundred a call, whole or not at all; an id HubSpot has seen refuses the whole call (409).

So the ledger keeps which messages went out together. What was sent without an answer is sent again in no other company:
taken now or refused as known, either way it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.api.errors import AlreadyThere, HubSpotError
from connectors.hubspot.api.version import TIMELINE
from connectors.hubspot.models import TellingState
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback import ledger
from connectors.hubspot.writeback.calls import Calls, maybe_done
from connectors.hubspot.writeback.events import event_of
from connectors.hubspot.writeback.forms import Sent, Sifting, by_contact, without
from connectors.hubspot.writeback.ledger import Told
from connectors.hubspot.writeback.pack import pack
from connectors.hubspot.writeback.text import iso
from connectors.hubspot.writeback.writing import write_down
from plugin.kernel.ids import new_id
from plugin.outbox.ports import Delivered, Retry

BATCH = 100
FORM: Timeline = "app_events"
_PATH = f"/integrators/timeline/{TIMELINE}/events/batch"
_NO_ANSWER = "HubSpot gave no clear answer about an app event: it is sent again, and taken once."


def tell(calls: Calls, portal: Portal, told: Sequence[Told]) -> Sent:
    """Send them; what was sent before without an answer goes first, and nothing of its contact's before it."""
    return _Sending(calls, portal).tell(told)


class _Sending:
    """The app events of one delivery."""

    def __init__(self, calls: Calls, portal: Portal) -> None:
        self._calls, self._portal = calls, portal
        self._sifting = Sifting(FORM)
        self._unknown: set[str] = set()
        """Keys whose last call may have been carried out."""

    def tell(self, told: Sequence[Told]) -> Sent:
        sent = Sent()
        begun = [each for each in told if each.state == TellingState.SENDING]
        self._wave(self._repeatable(begun, sent), sent, repeat=True)
        waiting = {each.contact_id for each in begun if not sent.is_told(each)}
        for wave in pack(by_contact(each for each in told if each.state != TellingState.SENDING), BATCH):
            for each in (each for batch in wave for each in batch if each.contact_id in waiting):
                sent.fates[each.key] = Retry(_NO_ANSWER, self._calls.times.lag_s)
            batches = [without(batch, waiting) for batch in wave]
            self._wave([batch for batch in batches if batch], sent, repeat=False)
            waiting |= {each.contact_id for batch in batches for each in batch if not sent.is_told(each)}
        return sent

    def _repeatable(self, begun: Sequence[Told], sent: Sent) -> list[list[Told]]:
        """Batches as they went out; one that may still be on its way is waited for."""
        now = self._portal.clock()
        batches: dict[str | None, list[Told]] = {}
        for each in begun:
            batches.setdefault(each.batch, []).append(each)
        for name, batch in list(batches.items()):
            until = max((each.under_way_until for each in batch if each.under_way_until), default=now)
            if until > now:
                wait = Retry(_NO_ANSWER, (until - now).total_seconds())
                sent.fates |= dict.fromkeys((each.key for each in batch), wait)
                del batches[name]
        return list(batches.values())

    def _wave(self, batches: Sequence[Sequence[Told]], sent: Sent, *, repeat: bool) -> None:
        for found in self._calls.each([partial(self._batch, batch, repeat) for batch in batches]):
            sent.add(found)

    def _batch(self, told: Sequence[Told], repeat: bool) -> Sent:
        def send(some: Sequence[Told]) -> None:
            self._calls.check()
            # Always in the company it is about to go out in: whoever comes after us repeats it so.
            self._begin(some)
            self._send(some, repeat=repeat)

        sent = self._sifting.sift(told, send, known=AlreadyThere)
        self._write_down(told, sent, repeat)
        return sent

    def _begin(self, told: Sequence[Told]) -> None:
        until = self._calls.end_by(self._portal.clock())
        batch = {new_id(): [each.key for each in told]}
        write_down(self._portal.database, lambda session: ledger.begin_sending(session, batch, until))

    def _write_down(self, told: Sequence[Told], sent: Sent, repeat: bool) -> None:
        """What became of each, at once: a worker that is killed leaves few that nobody knows of."""
        unknown = {each.key for each in told} & self._unknown
        left = {each.key for each in told if not sent.is_told(each)}
        # What an earlier call may have done isn't undone by this one's being refused.
        unsure = left | unknown if repeat else unknown
        done = {each.key for each in told if isinstance(sent.fates.get(each.key), Delivered)} - unsure
        until = self._portal.clock() + self._calls.times.lag

        def keep(session: Session) -> None:
            ledger.finish(session, done)
            ledger.ended_unknown(session, unsure, until)
            ledger.not_sent(session, left - unsure)

        write_down(self._portal.database, keep)
        sent.fates |= dict.fromkeys(unknown, Retry(_NO_ANSWER, self._calls.times.lag_s))

    def _send(self, told: Sequence[Told], *, repeat: bool) -> None:
        keys = {each.key for each in told}
        try:
            self._calls.post(_PATH, {"inputs": [_input(each) for each in told]}, repeatable=False)
        except AlreadyThere:
            self._unknown -= keys
            if not repeat:
                raise
        except HubSpotError as error:
            if maybe_done(error) and not keys & self._unknown:
                self._unknown |= keys
                self._send(told, repeat=True)
                return
            if not maybe_done(error) and not repeat:
                self._unknown -= keys
            raise
        else:
            self._unknown -= keys


def _input(told: Told) -> dict[str, Any]:
    event = event_of(told.message, told.visit_id)
    return {
        "eventTypeName": event.name,
        "id": told.key,
        "objectId": told.contact_id,
        "timestamp": iso(told.message.occurred_at),
        "properties": event.properties,
    }
