"""The workflow action 'Create personalised video link' as HubSpot calls it and reads our answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from connectors.hubspot.inbound.give_link import GivenLink, NoLink, slug_in
from plugin.kernel.errors import BadInput

EXPIRES = timedelta(days=3)
"""So long HubSpot waits for a link that couldn't be written at once, and we try."""
WHY = "why_no_link"
"""The output that says so in words; `errorCode` says it for HubSpot's execution rules."""
_TEXT = 255
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_DAYS = re.compile(r"([0-9]{1,6})(?:\.0+)?", re.ASCII)
_CONTACTS = ("CONTACT", "0-1")


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One contact's turn in a workflow. `days` None: as the server has it; `values` came along with the contact."""

    callback_id: str
    portal_id: str
    contact_id: str
    slug: str
    days: int | None
    values: Mapping[str, str]
    trouble: NoLink | None = None
    """What its author typed can't be used, in words."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer, for good: HubSpot's output fields."""

    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Blocked:
    """The contact waits in the workflow until we complete the callback."""


@dataclass(frozen=True, slots=True)
class ComeAgain:
    """HubSpot asks again by itself, later each time, for up to three days."""

    after_s: int = 60


Reply = Done | Blocked | ComeAgain


def portal_in(body: bytes) -> str | None:
    """The account a call says it is about, before anything in it is believed."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    origin = told.get("origin") if isinstance(told, dict) else None
    return _id(origin.get("portalId")) if isinstance(origin, dict) else None


def parse(body: bytes) -> ActionCall:
    """The call in a body that is known as HubSpot's; raises `BadInput` for what no HubSpot sends."""
    told = _fields(_json(body), "the body")
    portal_id = _id(_fields(told.get("origin"), "origin").get("portalId"))
    record = _fields(told.get("object"), "object")
    contact_id, kind = _id(record.get("objectId")), record.get("objectType")
    callback_id = told.get("callbackId")
    if not isinstance(callback_id, str) or not 0 < len(callback_id) <= _TEXT or not callback_id.isprintable():
        raise BadInput("callbackId is missing")
    if portal_id is None or contact_id is None:
        raise BadInput("origin.portalId or object.objectId is missing")
    if kind not in _CONTACTS:
        raise BadInput("object.objectType isn't CONTACT: the action gives links to contacts only")
    inputs = _fields(told.get("inputFields"), "inputFields")
    days, trouble = _days(inputs.get("days"))
    return ActionCall(
        callback_id=callback_id,
        portal_id=portal_id,
        contact_id=contact_id,
        slug=slug_in(_word(inputs.get("campaign"))),
        days=days,
        values=_values(record.get("properties")),
        trouble=trouble,
    )


def success(given: GivenLink) -> Done:
    """The link stands in the contact's property."""
    outputs = {
        "video_url": given.url,
        "video_expires_at": given.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hs_execution_state": "SUCCESS",
    }
    return Done(outputs)


def failure(code: str, text: str) -> Done:
    """There is no link; the workflow goes on, and can tell why."""
    return Done({"hs_execution_state": "FAIL_CONTINUE", "errorCode": code, WHY: text[:400]})


def as_json(reply: Done | Blocked) -> dict[str, Any]:
    """The body HubSpot reads."""
    if isinstance(reply, Blocked):
        waits = {"hs_execution_state": "BLOCK", "hs_expiration_duration": f"P{EXPIRES.days}D"}
        return {"outputFields": waits}
    return {"outputFields": dict(reply.outputs)}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("the body is not JSON") from None


def _fields(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{what} is not an object")
    return value


def _id(value: Any) -> str | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else None


def _word(value: Any) -> str:
    """An input as text: HubSpot gives it bare, or as `{"value": …}` where it came from a property."""
    if isinstance(value, dict):
        value = value.get("value")
    return value[:2000] if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _days(value: Any) -> tuple[int | None, NoLink | None]:
    text = _word(value).strip()
    if not text:
        return None, None
    found = _DAYS.fullmatch(text)
    return (int(found[1]), None) if found else (None, NoLink("DAYS_WRONG", f"'{text[:40]}' is no number of days"))


def _values(properties: Any) -> Mapping[str, str]:
    known = properties if isinstance(properties, dict) else {}
    found = {name: value.get("value") if isinstance(value, dict) else value for name, value in known.items()}
    return {name: value for name, value in found.items() if isinstance(name, str) and isinstance(value, str)}
