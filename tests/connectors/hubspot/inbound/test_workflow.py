"""What a workflow sends is taken apart strictly, and our answer is in HubSpot's words."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from connectors.hubspot.inbound.workflow import Blocked, as_json, failure, parse, portal_in
from plugin.kernel.errors import BadInput

CALL: dict[str, Any] = {
    "callbackId": "ap-111-5-7-0",
    "origin": {"portalId": 111, "actionDefinitionId": 1},
    "context": {"source": "WORKFLOWS", "workflowId": 9},
    "object": {"objectId": 501, "objectType": "CONTACT", "properties": {"firstname": "Ana", "tier": {"value": "Gold"}}},
    "inputFields": {"campaign": "spring", "days": "30"},
}


def body(**changes: Any) -> bytes:
    return orjson.dumps({**CALL, **changes})


def test_a_call_is_read_whole() -> None:
    call = parse(body())

    assert (call.portal_id, call.contact_id, call.callback_id) == ("111", "501", "ap-111-5-7-0")
    assert (call.slug, call.days) == ("spring", 30)
    assert call.values == {"firstname": "Ana", "tier": "Gold"}
    assert portal_in(body()) == "111"


@pytest.mark.parametrize(
    "typed",
    ["spring", " Spring ", "https://video.example.com/c/spring", "/c/spring/", {"value": "spring"}],
)
def test_a_campaign_may_be_named_as_people_name_it(typed: object) -> None:
    assert parse(body(inputFields={"campaign": typed})).slug == "spring"


@pytest.mark.parametrize("typed", ["https://[video/c/spring", "//[", "/c/"])
def test_what_is_no_address_is_no_campaigns_name_and_no_trouble(typed: str) -> None:
    # An answer of 500 would have HubSpot ask again for three days.
    assert parse(body(inputFields={"campaign": typed})).slug == typed


@pytest.mark.parametrize("days", [None, "", " ", {"value": ""}])
def test_days_may_be_left_to_the_server(days: object) -> None:
    call = parse(body(inputFields={"campaign": "spring", "days": days}))

    assert (call.days, call.trouble) == (None, None)


@pytest.mark.parametrize("days", ["two", "-1", "1.5", "1e3", "９"])
def test_days_that_are_none_are_said_to_the_workflows_author(days: str) -> None:
    call = parse(body(inputFields={"campaign": "spring", "days": days}))

    assert call.trouble is not None
    assert call.trouble.code == "DAYS_WRONG"


@pytest.mark.parametrize("days", [30, "30", 30.0, "30.0", {"value": 30}])
def test_a_number_of_days_in_any_of_hubspots_forms(days: object) -> None:
    assert parse(body(inputFields={"campaign": "spring", "days": days})).days == 30


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        body(callbackId=""),
        body(callbackId="x" * 300),
        body(callbackId="a\x00b"),
        body(callbackId=7),
        body(origin=None),
        body(origin={"portalId": True}),
        body(origin={"portalId": "1' or 1"}),
        body(object={"objectId": None, "objectType": "CONTACT"}),
        body(object={"objectId": 5, "objectType": "DEAL"}),
        body(object={"objectId": "../5", "objectType": "CONTACT"}),
        body(inputFields=["spring"]),
    ],
)
def test_what_no_hubspot_sends_is_refused(broken: bytes) -> None:
    with pytest.raises(BadInput):
        parse(broken)


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"origin":7}', b'{"origin":{"portalId":[1]}}'])
def test_no_account_is_found_where_none_is_named(broken: bytes) -> None:
    assert portal_in(broken) is None


def test_the_answers_are_hubspots() -> None:
    assert as_json(Blocked())["outputFields"] == {"hs_execution_state": "BLOCK", "hs_expiration_duration": "P3D"}
    assert as_json(failure("CAMPAIGN_UNKNOWN", "none"))["outputFields"]["hs_execution_state"] == "FAIL_CONTINUE"
