"""`/events/custom/…/send`: custom events taken at once and sorted out later, so 204 says little; and their reading.

An event whose `uuid` its type has seen before is rejected without a word: that makes it the idempotency key.
"""

from __future__ import annotations

from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import json_answer, nothing, page
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso, seconds
from connectors.hubspot.sandbox.problems import detail, invalid
from connectors.hubspot.sandbox.who import named, texts
from connectors.sandbox.wire import Answer

routes = Routes()
_SEND = f"/events/custom/{API}/send"
_SENDS = ["analytics.behavioral_events.send"]
_OCCURRENCES = f"/events/event-occurrences/{API}"
_BATCH, _PROPERTIES, _VALUE, _URL = 500, 50, 256, 1024


@routes("POST", _SEND, _SENDS, shape=shapes.EVENT)
def send(call: Call) -> Answer:
    _take(call, _checked(call, call.json(), 0))
    return nothing()


@routes("POST", f"{_SEND}/batch", _SENDS, shape=shapes.EVENTS)
def send_many(call: Call) -> Answer:
    for event in [_checked(call, each, number) for number, each in enumerate(call.inputs(_BATCH))]:
        _take(call, event)
    return nothing()


@routes("GET", f"{_OCCURRENCES}/event-types", ["oauth"])
def event_types(call: Call) -> Answer:
    return json_answer({"eventTypes": sorted(call.portal.event_types)})


@routes("GET", _OCCURRENCES, ["oauth"])
def occurrences(call: Call) -> Answer:
    wanted, object_id = call.one("eventType"), call.one("objectId")
    if object_id and call.one("objectType") not in ("contact", "CONTACT", "0-1"):
        raise invalid("objectType must be given with objectId")
    limit, start = call.whole("limit", 20, 1000), call.one("after") or "0"
    since, until = seconds(call.one("occurredAfter") or ""), seconds(call.one("occurredBefore") or "")
    if object_id:
        contact = call.portal.contact(object_id)
        held = call.portal.by_contact.get(contact.id if contact else object_id, [])
    else:
        held = call.portal.timeline
    found = [
        entry
        for entry in held
        if entry.kind == "custom_event"
        and (not wanted or entry.raw["eventName"] == wanted)
        and (since is None or entry.at > since)
        and (until is None or entry.at < until)
    ]
    found.sort(key=lambda entry: (entry.at, entry.number), reverse=call.one("sort") != "occurredAt")
    first = int(start) if start.isdecimal() else 0
    shown = [
        {
            "id": entry.raw.get("uuid") or str(entry.number),
            "eventType": entry.raw["eventName"],
            "objectType": "CONTACT",
            "objectId": entry.contact_id,
            "occurredAt": iso(entry.at),
            "properties": entry.raw["properties"],
        }
        for entry in found[first : first + limit]
    ]
    more = str(first + limit) if len(found) > first + limit else None
    return json_answer(page(shown, more))


def _checked(call: Call, told: dict[str, Any], number: int) -> dict[str, Any]:
    where = f"inputs[{number}]"
    definition = call.portal.event_types.get(str(told.get("eventName", "")))
    if definition is None:
        raise invalid(f"{where}: there is no event type {str(told.get('eventName'))[:100]} in this account")
    if not any(told.get(name) for name in ("objectId", "email", "utk")):
        raise invalid(f"{where}: one of objectId, email or utk must be set")
    properties = texts(told.get("properties"))
    if len(properties) > _PROPERTIES:
        raise invalid(f"{where}: an event has at most {_PROPERTIES} properties")
    known = {each["name"] for each in definition["properties"]}
    faults = []
    for name, value in properties.items():
        if name not in known:
            faults.append(detail(f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST", propertyName=name))
        elif len(value) > (_URL if value.startswith(("http://", "https://")) else _VALUE):
            faults.append(detail(f"the value of {name} is too long", "PROPERTY_VALUE_TOO_LONG", propertyName=name))
    occurred = told.get("occurredAt")
    if occurred is not None and seconds(str(occurred)) is None:
        faults.append(detail(f"occurredAt is no time: {str(occurred)[:40]}", "INVALID_DATE"))
    if faults:
        raise invalid(f"{where}: the event is not valid", faults)
    return {**told, "properties": properties}


def _take(call: Call, event: dict[str, Any]) -> None:
    portal = call.portal
    contact = named(portal, event)
    if contact is None:
        portal.rejected.append({"why": "unknown contact", **event})
        return
    if uuid := event.get("uuid"):
        key = (event["eventName"], str(uuid))
        if key in portal.seen_events:
            portal.rejected.append({"why": "duplicate uuid", **event})
            return
        portal.seen_events.add(key)
    at = seconds(str(event["occurredAt"])) if event.get("occurredAt") else call.now
    portal.tell("custom_event", contact.id, at or call.now, event)
