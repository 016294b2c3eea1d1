"""The check against HubSpot's files finds what it is for: it can fail."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from connectors.hubspot.sandbox.counts import Exchange
from tests.connectors.hubspot.openapi import SPECS, faults, find

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
        "portal_id": 1,
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


@pytest.mark.skipif(SPECS is None, reason="HubSpot's files aren't here")
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
def test_what_is_as_hubspot_says_passes(fine: dict[str, Any]) -> None:
    assert faults(exchange(**fine)) == []


@pytest.mark.skipif(SPECS is None, reason="HubSpot's files aren't here")
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
def test_what_is_not_is_named(wrong: dict[str, Any], said: str) -> None:
    found = faults(exchange(**wrong))

    assert any(said in each for each in found), found


@pytest.mark.skipif(SPECS is None, reason="HubSpot's files aren't here")
def test_a_path_is_found_in_its_types_file_and_by_its_most_literal_form() -> None:
    deal, company = find("GET", "/crm/objects/2026-09/deals/1"), find("GET", "/crm/objects/2026-09/companies/1")
    groups = find("GET", "/crm/properties/2026-09/contacts/groups")

    assert deal is not None
    assert deal.file == "deals.2026-09.json"
    assert company is not None
    assert company.file == "objects.2026-09.json"
    assert groups is not None
    assert groups.template.endswith("/groups")
