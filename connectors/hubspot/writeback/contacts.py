"""Writing contacts' properties, a hundred contacts a call: what HubSpot refuses of one never holds up another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

import structlog
from cachetools import TTLCache

from connectors.hubspot.accounts import assets, made
from connectors.hubspot.api.errors import HubSpotError, NotThere, Refused
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.settle import ItemError, done_in, errors_in, of_error
from plugin.outbox.ports import Dead, Delivered, Retry, Settlement

log = structlog.get_logger()

BATCH = 100
"""Contacts HubSpot takes in one call."""
_PATH = f"/crm/objects/{API}/contacts/batch/update"
_ROUNDS = 4
_SILENT = Retry("HubSpot said nothing of this contact.")
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Values = Mapping[str, str]

_unknown: TTLCache[tuple[str, str], None] = TTLCache(maxsize=4_096, ttl=600)
"""Properties a portal was never given, found out lately by this process: not tried at every call."""
_lock = Lock()


@dataclass(slots=True)
class Written:
    """What became of each contact, by the id it was written under."""

    fates: dict[str, Settlement] = field(default_factory=dict)
    lacking: dict[str, dict[str, str]] = field(default_factory=dict)
    """Contact → our properties HubSpot didn't take, each with its word on why. All else of theirs was written."""
    moves: dict[str, str] = field(default_factory=dict)
    """Contacts that have been merged: old id → present one."""

    def add(self, other: Written) -> None:
        """What another call found out, too."""
        self.fates |= other.fates
        self.lacking |= other.lacking
        self.moves |= other.moves


def write(calls: Calls, portal: Portal, wanted: Mapping[str, Values]) -> Written:
    """Set these properties (contact id → values); twice is harmless."""
    ids = list(wanted)
    batches = [
        {contact_id: _usable(portal, wanted[contact_id]) for contact_id in ids[start : start + BATCH]}
        for start in range(0, len(ids), BATCH)
    ]
    found = Written()
    for each in calls.each([partial(_write, calls, batch) for batch in batches]):
        found.add(each)
    return found


def missing(portal: Portal, written: Written) -> dict[str, str]:
    """Our properties that HubSpot didn't take although this portal had them, each with its word on why.

    A portal that was never given one (its edition allows few, or it wasn't set up yet) has nothing to mend.
    """
    lacking = {name: why for found in written.lacking.values() for name, why in found.items()}
    if not lacking:
        return {}
    ours = {name for kind, name in made.ours(portal) if kind == assets.PROPERTY}
    never = lacking.keys() - ours
    if never:
        log.info("hubspot.properties_left_out", installation_id=portal.installation_id, names=sorted(never))
    with _lock:
        _unknown.update({(portal.installation_id, name): None for name in never})
    return {name: why for name, why in lacking.items() if name in ours}


def lacks(names: Mapping[str, str]) -> Dead:
    """What an admin reads of a message whose values for these properties couldn't be written."""
    listed = ", ".join(sorted(names))
    why = "; ".join(dict.fromkeys(names[name] for name in sorted(names)))
    return Dead(
        f"HubSpot doesn't take the contact propert{'y' if len(names) == 1 else 'ies'} {listed}: {why}. Set the account "
        "up again (segue hubspot provision --apply), then retry; all else of this was written."
    )


def _usable(portal: Portal, values: Values) -> Values:
    with _lock:
        return {name: value for name, value in values.items() if (portal.installation_id, name) not in _unknown}


def _write(calls: Calls, wanted: Mapping[str, Values]) -> Written:
    found = Written()
    pending = {contact_id: values for contact_id, values in wanted.items() if values}
    found.fates |= dict.fromkeys(wanted.keys() - pending.keys(), Delivered())
    for _ in range(_ROUNDS):
        if not pending:
            return found
        # With a trace id HubSpot settles each on its own, and says whose answer is whose even after a merge.
        inputs = [
            {"id": contact_id, "properties": dict(values), "objectWriteTraceId": contact_id}
            for contact_id, values in pending.items()
        ]
        try:
            answer = calls.post(_PATH, {"inputs": inputs})
        except (Refused, NotThere) as error:
            pending = _whole(calls, found, pending, error)
            continue
        except HubSpotError as error:
            found.fates |= dict.fromkeys(pending, of_error(error))
            return found
        done, errors = done_in(answer), errors_in(answer)
        failed = {contact_id: about for contact_id in pending if (about := _about(contact_id, done, errors))}
        # As many answers as there should be: some came under other ids. Fewer: of whom nothing is said isn't known.
        silent = len(done) < len(pending) - len(failed)
        for contact_id in pending.keys() - failed.keys():
            told = done.get(contact_id, {})
            found.fates[contact_id] = _SILENT if silent and not told else Delivered()
            if (present := str(told.get("id") or contact_id)) != contact_id:
                found.moves[contact_id] = present
        pending = dict(_settled(found, {each: (pending[each], about) for each, about in failed.items()}))
    found.fates |= dict.fromkeys(
        pending, Dead("HubSpot takes none of our contact properties. Set the account up again.")
    )
    return found


def _whole(calls: Calls, found: Written, pending: Mapping[str, Values], error: HubSpotError) -> dict[str, Values]:
    """All refused at once: without the properties it is about, else in halves until only who it is about is left."""
    names = _named(error, {name for values in pending.values() for name in values})
    if names:
        return {contact_id: _without(found, contact_id, values, names) for contact_id, values in pending.items()}
    ids = list(pending)
    if len(ids) == 1:
        found.fates[ids[0]] = of_error(error)
        return {}
    for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
        found.add(_write(calls, {contact_id: pending[contact_id] for contact_id in half}))
    return {}


def _about(contact_id: str, done: Collection[str], errors: Sequence[ItemError]) -> ItemError | None:
    """What HubSpot says against this contact; an error that names nobody is about all it didn't do."""
    if contact_id in done:
        return None
    return next((each for each in errors if contact_id in each.of), None) or next(
        (each for each in errors if not each.of), None
    )


def _settled(found: Written, failed: Mapping[str, tuple[Values, ItemError]]) -> Iterator[tuple[str, Values]]:
    """Settle those that failed; what is worth another call is yielded, without the properties HubSpot doesn't take."""
    for contact_id, (values, about) in failed.items():
        names = _named(about.error, values.keys())
        if names and not isinstance(about.error, NotThere):
            yield contact_id, _without(found, contact_id, values, names)
        else:
            found.fates[contact_id] = of_error(about.error)


def _without(found: Written, contact_id: str, values: Values, names: Mapping[str, str]) -> Values:
    found.lacking[contact_id] = {**found.lacking.get(contact_id, {}), **names}
    left = {name: value for name, value in values.items() if name not in names}
    if not left:
        found.fates[contact_id] = Delivered()
    return left


def _named(error: HubSpotError, sent: Collection[str]) -> dict[str, str]:
    """Which of the properties that were sent a refusal is about, each with its words."""
    if not isinstance(error, Refused):
        return {}
    found: dict[str, str] = {}
    for detail in error.details:
        listed = detail.context.get("propertyName")
        told = {str(name) for name in listed} if isinstance(listed, list) else {str(listed)} if listed else set()
        for name in (told or set(_NAME.findall(detail.message))) & set(sent):
            found.setdefault(name, detail.message.rstrip(". ") or "it gave no reason")
    return found or {name: str(error) for name in set(_NAME.findall(str(error))) & set(sent)}
