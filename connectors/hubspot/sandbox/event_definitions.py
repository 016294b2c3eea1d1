"""`/events/custom/…/event-definitions`: which custom events there are, and their properties. Enterprise only."""

from __future__ import annotations

import re
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import json_answer, nothing, page
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.definitions import facts, option
from connectors.hubspot.sandbox.problems import Problem, conflict, invalid, not_found
from connectors.sandbox.wire import Answer

routes = Routes()
_ALL = f"/events/custom/{API}/event-definitions"
_NEEDS = ["behavioral_events.event_definitions.read_write"]
_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,99}\Z")
_TYPES = ("string", "number", "enumeration", "datetime", "bool")
_MOST_PROPERTIES, _MOST_DEFINITIONS = 50, 500
_DEFAULTS = (
    "hs_browser",
    "hs_city",
    "hs_country",
    "hs_device_name",
    "hs_page_url",
    "hs_referrer",
    "hs_url",
    "hs_language",
)


@routes("GET", _ALL, _NEEDS)
def list_definitions(call: Call) -> Answer:
    limit, after = call.whole("limit", 100, 100), call.one("after") or "0"
    if not after.isdecimal():
        raise invalid(f"after is no cursor of ours: {after[:40]}")
    words = (call.one("searchString") or "").lower()
    held = [each for each in call.portal.event_types.values() if words in f"{each['name']} {each['labels']}".lower()]
    start = int(after)
    more = str(start + limit) if len(held) > start + limit else None
    return json_answer(page(held[start : start + limit], more, total=len(held)))


@routes("POST", _ALL, _NEEDS, shape=shapes.EVENT_DEFINITION)
def create(call: Call) -> Answer:
    body, portal = call.json(), call.portal
    label = str(body.get("label") or "")
    name = str(body.get("name") or re.sub(r"[^a-z0-9_]+", "_", label.lower()))
    if not label or not _NAME.match(name):
        raise invalid("Some required fields were not set or invalid: [label, name]")
    full = f"pe{portal.id}_{name}"
    if full in portal.event_types:
        raise conflict(f"An event definition named {name} already exists")
    if len(portal.event_types) >= _MOST_DEFINITIONS:
        raise Problem(400, "OBJECT_LIMIT_EXCEEDED", f"An account has at most {_MOST_DEFINITIONS} event definitions")
    number = portal.next_number()
    defaults = _DEFAULTS if body.get("includeDefaultProperties") else ()
    made: dict[str, Any] = {
        "id": str(number),
        "name": name,
        "fullyQualifiedName": full,
        "objectTypeId": f"6-{number}",
        "labels": {"singular": label, "plural": label},
        "description": str(body.get("description") or ""),
        "primaryObject": str(body.get("primaryObject") or "CONTACT"),
        "primaryObjectId": "0-1",
        "trackingType": "MANUAL",
        "associations": [],
        "properties": [facts(each, "string", group="custom_event", at=call.now) for each in defaults],
        "archived": False,
        "createdAt": iso(call.now),
        "updatedAt": iso(call.now),
    }
    for asked in body.get("propertyDefinitions") or []:
        _add(made, asked, call.now)
    portal.event_types[full] = made
    return json_answer(made, 201)


@routes("GET", f"{_ALL}/{{eventName}}", _NEEDS)
def read(call: Call) -> Answer:
    return json_answer(_find(call))


@routes("PATCH", f"{_ALL}/{{eventName}}", _NEEDS, shape=shapes.EVENT_DEFINITION)
def update(call: Call) -> Answer:
    found, body = _find(call), call.json()
    if label := body.get("label"):
        found["labels"] = {"singular": str(label), "plural": str(label)}
    if "description" in body:
        found["description"] = str(body["description"])
    found["updatedAt"] = iso(call.now)
    return json_answer(found, 201)


@routes("DELETE", f"{_ALL}/{{eventName}}", _NEEDS)
def delete(call: Call) -> Answer:
    del call.portal.event_types[_find(call)["fullyQualifiedName"]]
    return nothing()


@routes("POST", f"{_ALL}/{{eventName}}/property", _NEEDS, shape=shapes.EVENT_PROPERTY)
def add_property(call: Call) -> Answer:
    return json_answer(_add(_find(call), call.json(), call.now), 201)


@routes("PATCH", f"{_ALL}/{{eventName}}/property/{{propertyName}}", _NEEDS, shape=shapes.EVENT_PROPERTY)
def update_property(call: Call) -> Answer:
    found, body = _property(call), call.json()
    found |= {name: str(body[name]) for name in ("label", "description") if name in body}
    if "options" in body:
        found["options"] = [option(str(each["value"]), str(each["label"])) for each in body["options"]]
    return json_answer(found, 201)


@routes("DELETE", f"{_ALL}/{{eventName}}/property/{{propertyName}}", _NEEDS)
def delete_property(call: Call) -> Answer:
    _find(call)["properties"].remove(_property(call))
    return nothing()


def _add(definition: dict[str, Any], asked: Any, now: float) -> dict[str, Any]:
    label, kind = str(asked.get("label") or ""), asked.get("type")
    name = str(asked.get("name") or re.sub(r"[^a-z0-9_]+", "_", label.lower()))
    if not label or not _NAME.match(name) or kind not in _TYPES:
        raise invalid(f"an event's property has a label, a name and one of the types {', '.join(_TYPES)}")
    if any(each["name"] == name for each in definition["properties"]):
        raise conflict(f"{definition['name']} has a property {name} already")
    if len(definition["properties"]) >= _MOST_PROPERTIES:
        raise Problem(400, "OBJECT_LIMIT_EXCEEDED", f"an event has at most {_MOST_PROPERTIES} properties")
    options = [option(str(each["value"]), str(each["label"])) for each in asked.get("options") or []]
    made = facts(
        name,
        kind,
        label=label,
        description=str(asked.get("description") or ""),
        group="custom_event",
        options=options,
        ours=False,
        at=now,
    )
    definition["properties"].append(made)
    return made


def _find(call: Call) -> dict[str, Any]:
    name, held = call.values["eventName"], call.portal.event_types
    found: dict[str, Any] | None = held.get(name) or held.get(f"pe{call.portal.id}_{name}")
    if found is None:
        raise not_found(f"There is no event definition {name[:100]}")
    return found


def _property(call: Call) -> dict[str, Any]:
    name = call.values["propertyName"]
    for each in _find(call)["properties"]:
        if each["name"] == name:
            property_: dict[str, Any] = each
            return property_
    raise not_found(f"The event has no property {name[:100]}")
