"""`/crm/properties/…`: definitions and groups, made, changed, taken away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import batch_answer, json_answer, nothing
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.definitions import Definition, facts, option
from connectors.hubspot.sandbox.problems import Problem, conflict, detail, invalid, not_found
from connectors.hubspot.sandbox.scopes import reading_schema, writing_schema
from connectors.sandbox.wire import Answer

routes = Routes()
_ALL = f"/crm/properties/{API}/{{objectType}}"
_MOST, _CUSTOM, _UNIQUE = 100, 1000, 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}\Z")
_FIELD_TYPES = {
    "string": {"text", "textarea", "html", "file", "phonenumber"},
    "number": {"number", "calculation_equation"},
    "bool": {"booleancheckbox"},
    "date": {"date"},
    "datetime": {"date"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "phone_number": {"phonenumber", "text"},
}


def _reads(call: Call) -> Sequence[str]:
    return reading_schema(call.kind)


def _writes(call: Call) -> Sequence[str]:
    return writing_schema(call.kind)


@routes("GET", _ALL, _reads)
def list_properties(call: Call) -> Answer:
    archived = call.one("archived") == "true"
    held = call.store.definitions.values()
    return json_answer({"results": [each.facts for each in held if each.facts["archived"] == archived]})


@routes("POST", _ALL, _writes, shape=shapes.PROPERTY)
def create(call: Call) -> Answer:
    return json_answer(_create(call, call.json()), 201)


@routes("POST", f"{_ALL}/batch/create", _writes, shape=shapes.PROPERTIES)
def create_many(call: Call) -> Answer:
    results, errors = [], []
    for asked in call.inputs(_MOST):
        try:
            results.append(_create(call, asked))
        except Problem as problem:
            errors.append(problem.as_item([], name=[str(asked.get("name", ""))]))
    return batch_answer(results, errors, call.now)


@routes("POST", f"{_ALL}/batch/read", _reads, shape=shapes.NAMES)
def read_many(call: Call) -> Answer:
    archived = call.json().get("archived") is True
    names = [str(asked.get("name", "")) for asked in call.inputs(_MOST)]
    held = {name: call.store.definitions.get(name) for name in names}
    found = {name: each for name, each in held.items() if each and each.facts["archived"] == archived}
    missing = [name for name in names if name not in found]
    problem = Problem(404, "OBJECT_NOT_FOUND", "Some properties do not exist")
    errors = [problem.as_item([], name=missing)] if missing else []
    return batch_answer([each.facts for each in found.values()], errors, call.now)


@routes("POST", f"{_ALL}/batch/archive", _writes, shape=shapes.NAMES)
def archive_many(call: Call) -> Answer:
    for asked in call.inputs(_MOST):
        name = str(asked.get("name", ""))
        if name in call.store.definitions:
            _archive(call, name)
    return nothing()


@routes("GET", f"{_ALL}/{{propertyName}}", _reads)
def read(call: Call) -> Answer:
    return json_answer(_find(call, archived=call.one("archived") == "true").facts)


@routes("PATCH", f"{_ALL}/{{propertyName}}", _writes, shape=shapes.PROPERTY)
def update(call: Call) -> Answer:
    found, body = _find(call), call.json()
    if found.facts["modificationMetadata"]["readOnlyDefinition"]:
        raise invalid(f"{found.facts['name']} is HubSpot's own; its definition can't be changed")
    known = ("label", "description", "groupName", "displayOrder", "hidden", "formField", "fieldType", "type")
    changed = {name: body[name] for name in known if name in body}
    if "options" in body:
        changed["options"] = _options(body["options"])
    if changed.get("groupName", found.facts["groupName"]) not in call.portal.groups[call.kind.name]:
        raise _no_group(changed["groupName"])
    found.facts.update(changed, updatedAt=iso(call.now))
    found.changed()
    return json_answer(found.facts)


@routes("DELETE", f"{_ALL}/{{propertyName}}", _writes)
def delete(call: Call) -> Answer:
    _archive(call, call.values["propertyName"])
    return nothing()


@routes("GET", f"{_ALL}/groups", _reads)
def list_groups(call: Call) -> Answer:
    return json_answer({"results": list(call.portal.groups[call.kind.name].values())})


@routes("POST", f"{_ALL}/groups", _writes, shape=shapes.GROUP)
def create_group(call: Call) -> Answer:
    body, groups = call.json(), call.portal.groups[call.kind.name]
    name, label = str(body.get("name") or ""), str(body.get("label") or "")
    if not _NAME.match(name) or not label:
        raise invalid("Some required fields were not set or invalid: [name, label]")
    if name in groups:
        raise conflict(f'A property group named "{name}" already exists')
    groups[name] = {"name": name, "label": label, "displayOrder": body.get("displayOrder", -1), "archived": False}
    return json_answer(groups[name], 201)


@routes("GET", f"{_ALL}/groups/{{groupName}}", _reads)
def read_group(call: Call) -> Answer:
    return json_answer(_group(call))


@routes("PATCH", f"{_ALL}/groups/{{groupName}}", _writes, shape=shapes.GROUP)
def update_group(call: Call) -> Answer:
    group, body = _group(call), call.json()
    group |= {name: body[name] for name in ("label", "displayOrder") if name in body}
    return json_answer(group)


@routes("DELETE", f"{_ALL}/groups/{{groupName}}", _writes)
def delete_group(call: Call) -> Answer:
    name = _group(call)["name"]
    live = [each.facts["name"] for each in call.store.definitions.values() if not each.facts["archived"]]
    if held := [each for each in live if call.store.definitions[each].facts["groupName"] == name]:
        raise invalid(f"Property group {name} still has properties: {', '.join(held[:5])}")
    del call.portal.groups[call.kind.name][name]
    return nothing()


def _create(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    required = ("name", "label", "type", "fieldType", "groupName")
    if unset := [name for name in required if not body.get(name)]:
        raise invalid(f"Some required fields were not set: [{', '.join(unset)}]")
    name, kind, definitions = str(body["name"]), body["type"], call.store.definitions
    if not _NAME.match(name):
        raise invalid(f'Property name "{name[:100]}" is invalid: lower-case letters, digits and _ only, a letter first')
    if name in definitions and not definitions[name].facts["archived"]:
        raise conflict(f"Property named '{name}' already exists.", [detail("exists", "PROPERTY_EXISTS", name=name)])
    if kind not in _FIELD_TYPES or body["fieldType"] not in _FIELD_TYPES[kind]:
        raise invalid(f"fieldType {body['fieldType']} is invalid for type {kind}")
    if body["groupName"] not in call.portal.groups[call.kind.name]:
        raise _no_group(body["groupName"])
    unique = bool(body.get("hasUniqueValue"))
    custom = [each for each in definitions.values() if not each.facts["hubspotDefined"]]
    if len(custom) >= _CUSTOM or (unique and sum(each.unique for each in custom) >= _UNIQUE):
        raise Problem(400, "OBJECT_LIMIT_EXCEEDED", "The account has no room for another property of this kind")
    made = facts(
        name,
        kind,
        field_type=body["fieldType"],
        group=body["groupName"],
        label=str(body["label"]),
        description=str(body.get("description") or ""),
        options=_options(body.get("options") or []),
        unique=unique,
        ours=False,
        at=call.now,
    )
    made |= {key: body[key] for key in ("displayOrder", "hidden", "formField") if key in body}
    call.store.define(Definition(made))
    return made


def _archive(call: Call, name: str) -> None:
    found = call.store.definitions.get(name)
    if found is None or found.facts["archived"]:
        return
    if not found.facts["modificationMetadata"]["archivable"]:
        raise invalid(f"{name} is HubSpot's own and can't be archived")
    found.facts |= {"archived": True, "archivedAt": iso(call.now)}
    found.changed()
    for record in call.store.records.values():
        call.store.put_away(record, name)


def _find(call: Call, *, archived: bool = False) -> Definition:
    found = call.store.definitions.get(call.values["propertyName"])
    if found is None or found.facts["archived"] != archived:
        raise not_found(f'Property "{call.values["propertyName"][:100]}" does not exist')
    return found


def _group(call: Call) -> dict[str, Any]:
    found: dict[str, Any] | None = call.portal.groups[call.kind.name].get(call.values["groupName"])
    if found is None:
        raise not_found(f"There is no property group {call.values['groupName'][:100]}")
    return found


def _no_group(name: Any) -> Problem:
    return invalid(
        f"Property group {name} does not exist", [detail("no group", "GROUP_NOT_FOUND", groupName=str(name))]
    )


def _options(told: Any) -> list[dict[str, Any]]:
    try:
        made = [option(str(each["value"]), str(each["label"]), int(each.get("displayOrder", -1))) for each in told]
    except (TypeError, KeyError, ValueError):
        raise invalid("options: each has a label, a value and a displayOrder") from None
    if len({each["value"] for each in made}) < len(made):
        raise invalid("Property options must have unique values")
    return made
