"""The check against HubSpot's files finds what it is for: it can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import urllib3

from connectors.hubspot.sandbox import Sandbox
from connectors.sandbox.counts import Exchange
from tests.connectors.hubspot.openapi import Specs, checked

# A little of what HubSpot's files say, in their own manner.
CRM = "/crm/objects/2026-09/{objectType}"
ERROR_SCHEMA = {
    "type": "object",
    "required": ["category", "correlationId", "message"],
    "properties": {"category": {"type": "string"}, "correlationId": {"type": "string"}, "message": {"type": "string"}},
}
RECORD_SCHEMA = {
    "type": "object",
    "required": ["archived", "createdAt", "id", "properties", "updatedAt"],
    "example": None,
    "properties": {
        "archived": {"type": "boolean", "example": None},
        "createdAt": {"type": "string", "format": "date-time"},
        "id": {"type": "string"},
        "properties": {"type": "object", "additionalProperties": {"type": "string", "nullable": True}},
        "updatedAt": {"type": "string", "format": "date-time"},
    },
}
INPUT_SCHEMA = {
    "type": "object",
    "required": ["properties"],
    "properties": {"properties": {"type": "object", "additionalProperties": {"type": "string"}}},
}
IDS_SCHEMA = {
    "type": "object",
    "required": ["inputs"],
    "properties": {"inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Id"}}},
}


def json_of(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def operation(status: str, answer: str | None, request: str | None = None, query: dict[str, str] | None = None) -> Any:
    return {
        "parameters": [{"name": name, "in": "query", "schema": {"type": kind}} for name, kind in (query or {}).items()],
        "responses": {status: json_of(answer) if answer else {"description": ""}, "default": {"$ref": "#/none"}},
        **({"requestBody": json_of(request)} if request else {}),
    }


def document() -> dict[str, Any]:
    read = operation("200", "Record", query={"properties": "array"})
    return {
        "paths": {
            CRM: {"get": operation("200", "Page", query={"limit": "integer", "archived": "boolean"})},
            f"{CRM}/{{objectId}}": {"get": read, "patch": operation("200", "Record", "Input")},
            f"{CRM}/groups": {"get": read},
            f"{CRM}/batch/archive": {"post": operation("204", None, "Ids")},
        },
        "components": {
            "schemas": {
                "Error": ERROR_SCHEMA,
                "Record": RECORD_SCHEMA,
                "Input": INPUT_SCHEMA,
                "Ids": IDS_SCHEMA,
                "Id": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                "Page": {"type": "object", "properties": {"results": {"type": "array", "items": {}}}},
            }
        },
    }


@pytest.fixture
def specs(tmp_path: Path) -> Specs:
    for name in ("contacts", "deals", "objects"):
        (tmp_path / f"{name}.2026-09.json").write_bytes(orjson.dumps(document()))
    return Specs(tmp_path)


READ: dict[str, Any] = {
    "id": "501",
    "properties": {"firstname": "Ana", "city": None},
    "createdAt": "2026-11-28T10:42:00.000Z",
    "updatedAt": "2026-11-28T10:42:00.000Z",
    "archived": False,
}
ERROR = {"status": "error", "message": "no", "correlationId": "c", "category": "VALIDATION_ERROR"}
LIMITED = {**ERROR, "errorType": "RATE_LIMIT", "policyName": "DAILY"}


def exchange(**more: Any) -> Exchange:
    held: dict[str, Any] = {
        "at": 0.0,
        "who": "1",
        "method": "GET",
        "target": "/crm/objects/2026-09/contacts/501?properties=firstname",
        "template": "",
        "request_headers": {"content-type": "application/json"},
        "request_body": b"",
        "status": 200,
        "headers": {},
        "body": READ,
        "took_ms": 1.0,
        **more,
    }
    for name in ("body", "request_body"):
        held[name] = held[name] if isinstance(held[name], bytes) else orjson.dumps(held[name])
    return Exchange(**held)


PATCH = {"method": "PATCH", "target": "/crm/objects/2026-09/contacts/501"}
BATCH = {"method": "POST", "target": "/crm/objects/2026-09/contacts/batch/archive", "status": 204, "body": b""}


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"status": 404, "body": ERROR},
        {"status": 429, "body": LIMITED},
        {**PATCH, "request_body": {"properties": {"city": "Cork"}}},
        {**BATCH, "request_body": {"inputs": [{"id": "501"}]}},
        {"method": "GET", "target": "/crm/v3/objects/contacts", "status": 404, "body": b"<html>"},
        {"status": 0, "body": b""},
        {"body": b"\xff", "fault": "bad_json"},
    ],
)
def test_what_is_as_hubspot_says_passes(specs: Specs, fine: dict[str, Any]) -> None:
    assert specs.faults(exchange(**fine)) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"body": {**READ, "properties": {"points": 7}}}, "7 is not of type"),
        ({"body": {name: value for name, value in READ.items() if name != "createdAt"}}, "'createdAt' is a required"),
        ({"body": {**READ, "owner": "x"}}, "'owner' was unexpected"),
        ({"body": b"<html>"}, "no JSON"),
        ({"status": 201}, "status is none of"),
        ({"status": 404, "body": {"message": "no"}}, "'category' is a required"),
        ({"status": 429, "body": {**LIMITED, "policyName": "OTHER"}}, "'OTHER' is not one of"),
        ({"target": "/crm/objects/2026-09/contacts/501?propertys=x"}, "propertys is no parameter"),
        ({"target": "/crm/objects/2026-09/contacts?limit=ten", "body": {"results": []}}, "no whole number"),
        ({**PATCH, "request_body": {"properties": {"points": 7}}}, "request at $.properties.points"),
        ({**PATCH, "request_body": {"property": {}}}, "'properties' is a required"),
        ({**PATCH, "request_headers": {"content-type": "text/plain"}}, "text/plain, not application/json"),
        ({**BATCH, "request_body": {"inputs": [{"id": "501"}]}, "body": {}}, "should have none"),
        ({"target": "/crm/objects/2026-09/contacts/501/secrets"}, "no such path"),
    ],
)
def test_what_is_not_is_named(specs: Specs, wrong: dict[str, Any], said: str) -> None:
    found = specs.faults(exchange(**wrong))

    assert any(said in each for each in found), found


def test_a_path_is_found_in_its_types_file_and_by_its_most_literal_form(specs: Specs) -> None:
    found = [specs.find("GET", f"/crm/objects/2026-09/{path}") for path in ("deals/1", "companies/1", "0-1/groups")]

    assert [(each.file, each.template) for each in found if each] == [
        ("deals.2026-09.json", f"{CRM}/{{objectId}}"),
        ("objects.2026-09.json", f"{CRM}/{{objectId}}"),
        ("contacts.2026-09.json", f"{CRM}/groups"),
    ]


def test_a_sandbox_is_watched_while_it_is_checked_and_no_longer() -> None:
    with Sandbox(seeded=False) as sandbox:
        with checked(sandbox) as seen:
            urllib3.request("GET", f"{sandbox.origin}/crm/objects/2026-09/contacts/1")
        urllib3.request("GET", f"{sandbox.origin}/crm/objects/2026-09/contacts/1")

    assert [each.status for each in seen] == [401]
