"""`/integrators/timeline/…`: events of an approved app. An id is taken once; a batch is taken whole or not at all."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.api.version import TIMELINE
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import batch_answer, json_answer
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso, seconds
from connectors.hubspot.sandbox.problems import Problem, conflict, invalid, not_found
from connectors.hubspot.sandbox.store import Record
from connectors.hubspot.sandbox.who import named, texts
from connectors.sandbox.wire import Answer

routes = Routes()
_EVENTS = f"/integrators/timeline/{TIMELINE}/events"
_RESOLVE = f"/integrators/timeline/{TIMELINE}/types/projects"
_NEEDS = ["timeline"]
_MOST = 100
_LONGEST_ID = 255


@routes("POST", _EVENTS, _NEEDS, shape=shapes.EVENT)
def send(call: Call) -> Answer:
    told = call.json()
    contact = _checked(call, told)
    if _key(told) in call.portal.seen_events:
        raise conflict(f"An event with id {told['id']} already exists")
    return json_answer(_take(call, told, contact), 201)


@routes("POST", f"{_EVENTS}/batch", _NEEDS, shape=shapes.EVENTS)
def send_many(call: Call) -> Answer:
    inputs = call.inputs(_MOST)
    contacts = [_checked(call, each) for each in inputs]
    keys = [_key(each) for each in inputs]
    if len(set(keys)) < len(keys):
        raise invalid("The batch holds an id twice")
    if seen := [key[1] for key in keys if key in call.portal.seen_events]:
        raise conflict(f"Events with these ids already exist: {', '.join(seen[:20])}")
    taken = [_take(call, each, contact) for each, contact in zip(inputs, contacts, strict=True)]
    return batch_answer(taken, [], call.now)


@routes("POST", _RESOLVE, ["developers-read", "timeline"], shape=shapes.EVENT_TYPE)
def resolve(call: Call) -> Answer:
    body, app = call.json(), call.sandbox.app
    symbol, project = str(body.get("developerSymbol", "")), str(body.get("projectName", ""))
    if symbol not in app.event_types or not app.app_events:
        raise not_found(f"There is no app event {symbol[:100]}")
    return json_answer(
        {
            "developerQualifiedSymbol": {"developerSymbol": symbol, "projectName": project},
            "fullyQualifiedName": app.project + symbol,
        }
    )


def _checked(call: Call, told: dict[str, Any]) -> Record:
    app = call.sandbox.app
    if not app.app_events:
        raise Problem(403, "FORBIDDEN", "This app isn't approved for app events")
    unset = [name for name in ("eventTypeName", "id") if not told.get(name)]
    if unset or "properties" not in told:
        raise invalid(f"Some required fields were not set: [{', '.join(unset) or 'properties'}]")
    if str(told["eventTypeName"]).removeprefix(app.project) not in app.event_types:
        raise invalid(f"There is no app event type {str(told['eventTypeName'])[:100]}")
    if len(str(told["id"])) > _LONGEST_ID:
        raise invalid(f"id is longer than {_LONGEST_ID} characters")
    texts(told["properties"])
    if told.get("timestamp") is not None and seconds(str(told["timestamp"])) is None:
        raise invalid(f"timestamp is no time: {str(told['timestamp'])[:40]}")
    contact = named(call.portal, told)
    if contact is None:
        raise invalid("objectId, email or utk must name a contact that exists")
    return contact


def _key(told: dict[str, Any]) -> tuple[str, str]:
    return "app:" + str(told["eventTypeName"]).rpartition("segue_")[2], str(told["id"])


def _take(call: Call, told: dict[str, Any], contact: Record) -> dict[str, Any]:
    call.portal.seen_events.add(_key(told))
    at = seconds(str(told["timestamp"])) if told.get("timestamp") else call.now
    kept = {**told, "properties": texts(told["properties"])}
    call.portal.tell("app_event", contact.id, at or call.now, kept)
    return {**kept, "objectId": contact.id, "timestamp": iso(at or call.now)}
