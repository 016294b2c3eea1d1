"""Whatever is sent, the sandbox answers as HubSpot would refuse it, and never falls over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.hubspot.sandbox import Sandbox
from tests.connectors.hubspot.sandbox.conftest import Client


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sandbox]:
    """Not held to HubSpot's files: what is sent here isn't meant to be."""
    with Sandbox() as made:
        yield made


@pytest.fixture(scope="module")
def send(hostile: Sandbox) -> Client:
    hostile.app.app_events = True
    installation = hostile.portal.create_private_app(hostile.portal.grantable(app_events=True), app_events=True)
    installation.limits.burst, installation.limits.daily = 100_000, None
    return Client(hostile.origin, installation.token)


VALUES: list[Any] = [None, 7, "x", [], {}, [None], [7], [[]], {"id": None}, {"inputs": None}]
PATHS = [
    "/crm/objects/2026-09/contacts",
    "/crm/objects/2026-09/contacts/merge",
    "/crm/objects/2026-09/contacts/gdpr-delete",
    "/crm/objects/2026-09/contacts/search",
    *(f"/crm/objects/2026-09/contacts/batch/{name}" for name in ("read", "create", "update", "upsert", "archive")),
    *(f"/crm/associations/2026-09/contacts/deals/batch/{name}" for name in ("read", "create", "archive")),
    "/crm/properties/2026-09/contacts",
    "/crm/properties/2026-09/contacts/groups",
    "/crm/properties/2026-09/contacts/batch/create",
    "/crm/lists/2026-09",
    "/crm/lists/2026-09/search",
    "/events/custom/2026-09/send",
    "/events/custom/2026-09/send/batch",
    "/events/custom/2026-09/event-definitions",
    "/integrators/timeline/2026-03/events",
    "/integrators/timeline/2026-03/events/batch",
    "/media-bridge/2026-03/events/media-played",
    "/media-bridge/2026-03/events/media-played-percent",
    "/media-bridge/2026-03/events/attention-span",
    "/automation/actions/callbacks/2026-09/complete",
    "/automation/actions/callbacks/2026-09/x/complete",
    "/communication-preferences/2026-09/statuses/a@example.com",
    "/communication-preferences/2026-09/statuses/batch/read",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_any_shape_is_answered(send: Client, hostile: Sandbox, path: str) -> None:
    shapes = [
        *VALUES,
        *({name: value} for name in ("inputs", "properties", "id", "objectId") for value in VALUES),
        *({"inputs": [{"id": value, "properties": value, "from": value, "to": value}]} for value in VALUES),
        *({"properties": {"email": value, "points": value}, "associations": value} for value in VALUES),
        *({"filterGroups": value, "sorts": value, "limit": value, "after": value} for value in VALUES),
        *(
            {"name": value, "label": value, "type": value, "options": value, "propertyDefinitions": value}
            for value in VALUES
        ),
    ]

    statuses = {send("POST", path, shape).status for shape in shapes}

    assert hostile.crashes == []
    assert statuses <= {200, 201, 204, 207, 400, 404, 409, 415, 429}


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_ends_the_connection(hostile: Sandbox, text: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(hostile.origin.rpartition(":")[2])), timeout=5) as wire:
        wire.sendall(text)
        answer = wire.recv(1000)

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_body_may_come_in_chunks_and_after_a_question(sandbox: Sandbox, call: Client) -> None:
    head = (
        f"PATCH /crm/objects/2026-09/contacts/501 HTTP/1.1\r\nAuthorization: Bearer {call.token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(sandbox.origin.rpartition(":")[2])), timeout=5) as wire:
        wire.sendall(head.encode())
        go_on = wire.recv(1000)
        wire.sendall(b'e\r\n{"properties":\r\nf\r\n{"city":"Cork"}\r\n1\r\n}\r\n0\r\n\r\n')
        answer = wire.recv(65_536)

    assert go_on.startswith(b"HTTP/1.1 100 ")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert sandbox.portal.contacts.records["501"].properties["city"] == "Cork"


def test_a_stopped_sandbox_is_out_of_reach_and_comes_back_with_all_it_held(sandbox: Sandbox, call: Client) -> None:
    ana, deal = "/crm/objects/2026-09/contacts/501", "/crm/objects/2026-09/deals/3001"
    call("PATCH", ana, {"properties": {"city": "Cork"}})
    origin = sandbox.origin

    sandbox.stop()
    gone = [call("GET", path).status for path in (ana, deal)]
    sandbox.start()

    assert gone == [0, 0]
    assert sandbox.origin == origin
    assert call("GET", ana, query=[("properties", "city")])["properties"]["city"] == "Cork"
