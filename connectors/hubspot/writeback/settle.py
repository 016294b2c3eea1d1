"""What HubSpot's answers mean for a message, in the outbox's words and in words an admin can act on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot.api.errors import (
    Detail,
    Disconnected,
    HubSpotError,
    Locked,
    MissingScopes,
    NotThere,
    Refused,
    TooMany,
    error_of,
)
from connectors.hubspot.api.transport import Answer
from connectors.hubspot.writeback.calls import PutOff
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Settlement

ADMIN_S = 300.0
"""How soon it is worth asking again after what only an admin can mend."""
GONE = Dead("HubSpot has no such contact (deleted, or erased). If it was deleted, restore it and retry.")


def of_error(error: HubSpotError) -> Settlement:
    """A call that failed, for the messages it was about."""
    match error:
        case PutOff() | TooMany():
            return Retry(f"{error}.", error.after_s)
        case Locked():
            return Retry(f"{error}.", Locked.after_s)
        case Disconnected():
            return Retry(f"{error}. Connect the account again: what is owed waits until then.", ADMIN_S)
        case MissingScopes():
            return Retry(f"{error}. Install the app again with it: what is owed waits until then.", ADMIN_S)
        case NotThere():
            return GONE
        case Refused():
            return Dead(_refused(error))
    return Retry(f"{error}.")


def _refused(error: Refused) -> str:
    if any("RULE" in detail.code for detail in error.details) or "validation rule" in str(error).lower():
        return f"A rule of your account stands in the way. {error}. Change the rule or the contact, then retry."
    return f"{error}. Mend that in HubSpot, then retry."


def in_order(messages: Sequence[Message], fates: Fates) -> list[Settlement]:
    """The answer for each message: behind one put off, those of the same subject are put off too.

    They may stand in HubSpot already; then the ledger knows, and the next try tells nothing twice.
    """
    waiting: dict[str, Retry] = {}
    answers: list[Settlement] = []
    for place, message in enumerate(messages):
        answer = waiting.get(message.subject) or fates.of(place)
        if isinstance(answer, Retry):
            waiting[message.subject] = answer
        answers.append(answer)
    return answers


@dataclass(slots=True)
class Fates:
    """What became of each message by its place; of several words on one the gravest holds: wait, then dead."""

    _held: dict[int, Settlement] = field(default_factory=dict)

    def put(self, places: Collection[int], fate: Settlement) -> None:
        """One more word on these."""
        for place in places:
            held = self._held.get(place)
            if held is None or _gravity(fate) > _gravity(held):
                self._held[place] = fate

    def of(self, place: int) -> Settlement:
        """The word that holds: delivered, if nothing else was said."""
        return self._held.get(place, Delivered())


def _gravity(fate: Settlement) -> int:
    return 2 if isinstance(fate, Retry) else 1 if isinstance(fate, Dead) else 0


@dataclass(frozen=True, slots=True)
class ItemError:
    """One of `errors` in a 207: of which inputs, and what it would be as an answer of its own."""

    of: frozenset[str]
    error: HubSpotError

    @property
    def details(self) -> tuple[Detail, ...]:
        """HubSpot's details, if it gave any."""
        return self.error.details if isinstance(self.error, Refused) else ()


def done_in(answer: Answer) -> dict[str, Mapping[str, Any]]:
    """The results of a batch by the trace id (else the id) of their input."""
    return {str(each.get("objectWriteTraceId") or each.get("id")): each for each in answer.results}


def errors_in(answer: Answer) -> list[ItemError]:
    """What HubSpot says of the inputs it didn't carry out; an error that names none is about all that aren't done."""
    listed = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return [_item_error(each) for each in (listed if isinstance(listed, list) else []) if isinstance(each, dict)]


def _item_error(told: Mapping[str, Any]) -> ItemError:
    context = told.get("context")
    named = context if isinstance(context, dict) else {}
    ids = [each for name in ("objectWriteTraceId", "ids", "id") for each in _texts(named.get(name))]
    return ItemError(frozenset(ids), error_of(_status(told), {}, told))


def _status(told: Mapping[str, Any]) -> int:
    """Items have no status of their own: by HubSpot's categories, what it would be."""
    category = str(told.get("category") or "")
    if "NOT_FOUND" in category:
        return 404
    return {"RATE_LIMITS": 429, "MISSING_SCOPES": 403, "CONFLICT": 409, "INTERNAL_ERROR": 500}.get(category, 400)


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
