"""Telling a portal what happened: properties first, then notes, then the timeline form; each message once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from connectors.hubspot.accounts.config import PortalConfig, Timeline, change_config
from connectors.hubspot.api.errors import HubSpotError, MissingScopes
from connectors.hubspot.models import TellingState
from connectors.hubspot.portal import Portal, refreshed
from connectors.hubspot.writeback import (
    app_events,
    contacts,
    custom_events,
    fold,
    ledger,
    media_bridge,
    notes,
    properties,
    withdraw,
)
from connectors.hubspot.writeback.address import addressed
from connectors.hubspot.writeback.calls import Calls, Times
from connectors.hubspot.writeback.ledger import NONE, Told
from connectors.hubspot.writeback.note import Summary
from connectors.hubspot.writeback.settle import GONE, Fates, in_order
from connectors.hubspot.writeback.withdraw import Withdrawn
from connectors.hubspot.writeback.writing import write_down
from plugin.outbox.ports import Delivered, Message, Retry, Settlement

log = structlog.get_logger()

_TELL = {form.FORM: form.tell for form in (app_events, media_bridge, custom_events)}
_HELD_AT_ONCE = 100
"""Contacts folded in one transaction: others write to the database, too."""


def deliver(portal: Portal, messages: Sequence[Message], *, times: Times | None = None) -> list[Settlement]:
    """Tell them, and say of each what became of it.

    A message is in the ledger before anything of it is sent. So when this is cut off anywhere, the next try finds what
    was told, what wasn't, and what nobody knows yet.
    """
    return _Delivery(refreshed(portal), messages, times or Times()).deliver()


class _Delivery:
    """One batch on its way."""

    def __init__(self, portal: Portal, messages: Sequence[Message], times: Times) -> None:
        self._portal, self._messages = portal, messages
        self._calls = Calls(portal.api, times)
        self._fates = Fates()
        self._places: dict[str, list[int]] = {}
        """By key: a message that comes twice in one batch is told once."""
        self._withdrawn: Mapping[int, Withdrawn] = {}

    def deliver(self) -> list[Settlement]:
        told = self._addressed()
        withdraw.note_down(self._portal, list(self._withdrawn.values()))
        if told:
            folded = self._take_in(told)
            told = self._write_properties(told, folded)
            self._tell(self._note(told))
        self._take_out()
        return in_order(self._messages, self._fates)

    def _addressed(self) -> list[Told]:
        found = addressed(self._portal, self._messages)
        self._withdrawn = found.withdrawn
        for place, fate in found.settled.items():
            self._fates.put([place], fate)
        first: dict[str, Told] = {}
        for each in found.told:
            self._places.setdefault(each.key, []).append(each.place)
            first.setdefault(each.key, each)
        return list(first.values())

    def _take_in(self, told: Sequence[Told]) -> dict[str, fold.Folded]:
        by_contact: dict[str, list[Told]] = {}
        for each in told:
            by_contact.setdefault(each.contact_id, []).append(each)
        ids = sorted(by_contact)
        folded: dict[str, fold.Folded] = {}
        for start in range(0, len(ids), _HELD_AT_ONCE):
            some = [each for contact_id in ids[start : start + _HELD_AT_ONCE] for each in by_contact[contact_id]]
            folded |= write_down(self._portal.database, partial(ledger.take_in, portal=self._portal, told=some))
        return folded

    def _write_properties(self, told: Sequence[Told], folded: Mapping[str, fold.Folded]) -> list[Told]:
        """Write every contact's values; returns those of `told` whose contact is there and was reached."""
        written = properties.write(self._calls, self._portal, told, folded)
        missing = contacts.missing(self._portal, written)
        reached: list[Told] = []
        for each in told:
            fate = written.fates.get(each.contact_id, Delivered())
            self._put(each.key, fate)
            lacking = written.lacking.get(each.contact_id, {})
            bears = {
                name: missing[name] for name in fold.BEARS[each.message.kind] if name in lacking and name in missing
            }
            if bears:
                self._put(each.key, contacts.lacks(bears))
            # One that HubSpot refused by a rule is there all the same, and so is its timeline.
            if fate != GONE and not isinstance(fate, Retry):
                reached.append(each)
        return reached

    def _note(self, told: Sequence[Told]) -> list[Told]:
        """Make the visits' notes; returns what is left for the timeline: no summary that a newer one replaced."""
        newest: dict[str, Told] = {}
        for each in told:
            if each.message.kind == fold.SUMMARY:
                held = newest.get(each.visit_id)
                if held is None or _revision(each) > _revision(held):
                    newest[each.visit_id] = each
        summaries = [Summary(visit_id, each.contact_id, each.message) for visit_id, each in newest.items()]
        noted = notes.tell(self._calls, self._portal, summaries)
        left: list[Told] = []
        replaced: list[Told] = []
        for each in told:
            if each.message.kind != fold.SUMMARY:
                left.append(each)
                continue
            self._put(each.key, noted.fates.get(each.visit_id, Delivered()))
            latest = max(noted.held.get(each.visit_id, 0), _revision(newest[each.visit_id]))
            is_replaced = _revision(each) < latest and each.state == TellingState.FOLDED
            (replaced if is_replaced else left).append(each)
        self._finish(replaced)
        return left

    def _take_out(self) -> None:
        """Out of the visits' notes, what was taken back of them."""
        if self._withdrawn:
            fates = withdraw.take_out(self._calls, self._portal, list(self._withdrawn.values()))
            for place, each in self._withdrawn.items():
                self._fates.put([place], fates[each.visit_id])

    def _tell(self, told: Sequence[Told]) -> None:
        """Send what isn't on the timeline yet, each in its form, which writes down what it told."""
        by_form: dict[Timeline, list[Told]] = {}
        for each in told:
            if each.state != TellingState.TOLD:
                by_form.setdefault(each.form, []).append(each)
        for form, some in by_form.items():
            if form not in self._portal.config.possible or form == NONE:
                self._finish(some, form=NONE)
                continue
            sent = _TELL[form](self._calls, self._portal, some)
            for key, fate in sent.fates.items():
                self._put(key, fate)
            if sent.closed:
                self._close(form, sent.closed.values())
                self._finish([each for each in some if each.key in sent.closed], form=NONE)

    def _close(self, form: Timeline, errors: Iterable[HubSpotError]) -> None:
        """The portal doesn't take this form any more: what is told from now on goes in the next best.

        Nothing is lost, as properties and note hold it; the daily look at the portal finds it open again.
        """
        lost = {scope for error in errors if isinstance(error, MissingScopes) for scope in error.scopes}

        def changed(config: PortalConfig) -> PortalConfig:
            possible = tuple(each for each in config.possible if each != form)
            return replace(config, possible=possible, scopes=tuple(each for each in config.scopes if each not in lost))

        log.warning("hubspot.form_closed", installation_id=self._portal.installation_id, form=form, scopes=sorted(lost))
        write_down(
            self._portal.database,
            lambda session: change_config(session, self._portal.installation_id, changed),
        )

    def _finish(self, told: Sequence[Told], *, form: Timeline | None = None) -> None:
        if told:
            keys = [each.key for each in told]
            write_down(self._portal.database, lambda session: ledger.finish(session, keys, form=form))

    def _put(self, key: str, fate: Settlement) -> None:
        self._fates.put(self._places[key], fate)


def _revision(told: Told) -> int:
    return fold.revision_of(told.message.payload)
