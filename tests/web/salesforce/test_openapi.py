"""What an admin registers as an External Service is within what that takes, and what we answer is what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from connectors.salesforce.inbound.links import MOST, Answer
from tests.connectors.salesforce.world import World
from tests.make import make_campaign
from web.salesforce.openapi import document

ORIGIN = "https://video.example.com"
TOLD = document(ORIGIN)
PATHS = sorted(TOLD["paths"])


@pytest.fixture
def client(make_app: Callable[..., Flask], org: World) -> FlaskClient:
    with org.database.transaction() as session:
        make_campaign(session, slug="spring", installation_id=org.installation_id, published_version=1)
    return make_app(org).test_client()


def operations() -> Iterator[dict[str, Any]]:
    for path in PATHS:
        yield from TOLD["paths"][path].values()


def every(told: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in the document."""
    if isinstance(told, dict):
        yield told
        told = list(told.values())
    if isinstance(told, list):
        for each in told:
            yield from every(each)


def schema_of(path: str, status: int) -> Draft202012Validator:
    response = TOLD["paths"][path]["post"]["responses"][str(status)]
    (content,) = response["content"].values()
    closed = [{**each, "additionalProperties": False} for each in TOLD["components"]["schemas"].values()]
    named = dict(zip(TOLD["components"]["schemas"], closed, strict=True))
    return Draft202012Validator({**content["schema"], "components": {"schemas": named}})


def headers(org: World, **changed: str) -> dict[str, str]:
    given = {"X-Segue-Org": org.sandbox.org.id, "Authorization": f"Bearer {org.connected.inbound_key}"}
    return {**given, "Accept": "application/json", **changed}


def ask(client: FlaskClient, org: World, path: str, body: Any, **changed: str) -> tuple[int, Any]:
    response = client.post(path, data=orjson.dumps(body), headers=headers(org, **changed))
    return response.status_code, orjson.loads(response.data)


def test_it_is_served_as_it_stands(client: FlaskClient) -> None:
    response = client.get("/salesforce/openapi.json")

    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.json is not None
    assert response.json["paths"] == TOLD["paths"]


def test_it_is_within_what_external_services_take() -> None:
    assert TOLD["openapi"].startswith("3.0.")
    assert len(orjson.dumps(TOLD)) < 100_000
    words = {name for each in every(TOLD) for name in each}
    assert not words & {"allOf", "anyOf", "oneOf", "not", "additionalProperties", "patternProperties", "callbacks"}
    names = [operation["operationId"] for operation in operations()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]{1,39}", name) for name in names)
    for operation in operations():
        assert [status for status in operation["responses"] if status.startswith("2")] == ["200"]
        for part in (operation["requestBody"], *operation["responses"].values()):
            assert len(part["content"]) == 1


def test_everything_in_it_is_text_yes_or_no_and_every_object_has_a_name() -> None:
    schemas = TOLD["components"]["schemas"]
    pointed_at = {each["$ref"].rpartition("/")[2] for each in every(TOLD) if "$ref" in each}

    assert pointed_at == set(schemas)
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert set(schema["required"]) <= set(schema["properties"])
        for held in schema["properties"].values():
            assert held["type"] in ("string", "boolean") or set(held["items"]) == {"$ref"}, name


def test_it_says_all_that_is_answered_and_no_more() -> None:
    told = Answer("003000000000001AAA").as_json()

    kinds = {str: "string", bool: "boolean"}
    properties = TOLD["components"]["schemas"]["VideoLink"]["properties"]
    assert {name: held["type"] for name, held in properties.items()} == {
        name: kinds[type(value)] for name, value in told.items()
    }


@pytest.mark.parametrize("campaign", ["spring", "none"])
def test_the_answers_are_as_it_says(client: FlaskClient, org: World, campaign: str) -> None:
    ana = org.add("Contact", LastName="N")
    request = {"recordId": ana, "campaign": campaign, "days": "30", "campaignMemberId": ""}

    one = ask(client, org, "/salesforce/link", request)
    many = ask(client, org, "/salesforce/links", {"requests": [request, {"recordId": "no id", "campaign": "spring"}]})

    assert (one[0], many[0]) == (200, 200)
    schema_of("/salesforce/link", 200).validate(one[1])
    schema_of("/salesforce/links", 200).validate(many[1])
    assert one[1]["ok"] is (campaign == "spring")
    if campaign == "spring":
        assert many[1]["results"][0]["link"] == one[1]["link"]


def test_the_refusals_are_as_it_says(client: FlaskClient, org: World) -> None:
    refused: list[tuple[str, Any, dict[str, str], int]] = [
        ("/salesforce/link", {}, {"Authorization": "Bearer wrong"}, 403),
        ("/salesforce/links", {}, {"Authorization": ""}, 403),
        ("/salesforce/links", {}, {"X-Segue-Org": "00D000000000009AAA"}, 403),
        ("/salesforce/links", [], {}, 400),
        ("/salesforce/links", {"requests": []}, {}, 400),
    ]

    for path, body, changed, status in refused:
        found, told = ask(client, org, path, body, **changed)

        assert found == status
        assert set(told) >= set(TOLD["components"]["schemas"]["Problem"]["required"])
        assert all(isinstance(told[name], str) for name in ("title", "detail"))


def test_a_body_that_is_no_json_is_refused_as_it_says(client: FlaskClient, org: World) -> None:
    response = client.post("/salesforce/link", data=b"{", headers=headers(org))

    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


def test_too_many_at_once_are_refused(client: FlaskClient, org: World) -> None:
    asks = [{"recordId": "003000000000001AAA", "campaign": "spring"}] * (MOST + 1)

    assert ask(client, org, "/salesforce/links", {"requests": asks})[0] == 400
