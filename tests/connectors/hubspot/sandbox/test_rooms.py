"""The smaller rooms: search, properties, associations, lists, mail preferences, account – as HubSpot answers them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubspot.sandbox import Sandbox, mail
from connectors.hubspot.sandbox.listing import known, make_list
from tests.connectors.hubspot.sandbox.conftest import Client

SEARCH = "/crm/objects/2026-09/contacts/search"
PROPERTIES = "/crm/properties/2026-09/contacts"
LISTS = "/crm/lists/2026-09"
PREFERENCES = "/communication-preferences/2026-09"
EMAIL = [("channel", "EMAIL")]


def search(call: Client, *filters: dict[str, Any], **more: Any) -> Any:
    groups = [{"filters": list(filters)}] if filters else []
    asked = {"filterGroups": groups, "sorts": [], "properties": ["points"], "limit": 100, "after": "0", **more}
    return call("POST", SEARCH, asked)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"propertyName": "points", "operator": "GTE", "value": "7777"}, ["501", "503", "505"]),
        ({"propertyName": "points", "operator": "LT", "value": "0"}, ["511"]),
        ({"propertyName": "points", "operator": "EQ", "value": "42.0"}, ["510"]),
        ({"propertyName": "points", "operator": "BETWEEN", "value": "42", "highValue": "100"}, ["504", "510", "512"]),
        ({"propertyName": "next_trip", "operator": "LTE", "value": "1798761600000"}, ["504", "512"]),
        ({"propertyName": "tier", "operator": "IN", "values": ["bronze"]}, ["504", "509"]),
        ({"propertyName": "tier", "operator": "NOT_HAS_PROPERTY"}, ["507", "508"]),
        ({"propertyName": "email", "operator": "EQ", "value": "ANA@example.com"}, ["501"]),
        ({"propertyName": "firstname", "operator": "CONTAINS_TOKEN", "value": "Fel*"}, ["506"]),
    ],
)
def test_a_search_compares_values_by_their_type(call: Client, asked: dict[str, str], found: list[str]) -> None:
    assert [each["id"] for each in search(call, asked)["results"]] == found


def test_a_search_is_sorted_and_paged_and_never_beyond_ten_thousand(call: Client) -> None:
    asked = {"propertyName": "points", "operator": "HAS_PROPERTY"}
    first = search(call, asked, sorts=["-points"], limit=2)
    second = search(call, asked, sorts=["-points"], limit=2, after=first["paging"]["next"]["after"])

    assert [each["properties"]["points"] for each in first["results"]] == ["54000", "12480"]
    assert [each["properties"]["points"] for each in second["results"]] == ["7777", "3200"]
    assert first["total"] == 10
    assert search(call, limit=201).status == 400
    assert search(call, after="9950").status == 400


def test_what_changed_just_now_is_found_later(call: Client, sandbox: Sandbox) -> None:
    sandbox.portal.search_lag_s = 10
    asked = {"propertyName": "email", "operator": "EQ", "value": "ana@example.com"}

    at_once = search(call, asked)["total"]
    sandbox.clock.advance(11)

    assert (at_once, search(call, asked)["total"]) == (0, 1)


def test_a_property_is_made_used_changed_and_taken_away_with_its_values(call: Client, sandbox: Sandbox) -> None:
    group = {"name": "segue", "label": "Segue video", "displayOrder": -1}
    made = {"name": "segue_viewer", "label": "Viewer", "type": "enumeration", "fieldType": "select"}
    options = [{"label": "Person", "value": "person", "displayOrder": 0, "hidden": False}]
    ana = "/crm/objects/2026-09/contacts/501"

    early = call("POST", PROPERTIES, {**made, "groupName": "segue", "options": options})
    statuses = [
        call("POST", f"{PROPERTIES}/groups", group).status,
        call("POST", f"{PROPERTIES}/groups", group).status,
        call("POST", PROPERTIES, {**made, "groupName": "segue", "options": options}).status,
        call("POST", PROPERTIES, {**made, "groupName": "segue", "options": options}).status,
        call("PATCH", ana, {"properties": {"segue_viewer": "person"}}).status,
        call("PATCH", ana, {"properties": {"segue_viewer": "robot"}}).status,
        call("DELETE", f"{PROPERTIES}/groups/segue").status,
        call("DELETE", f"{PROPERTIES}/segue_viewer").status,
        call("PATCH", ana, {"properties": {"segue_viewer": "person"}}).status,
        call("DELETE", f"{PROPERTIES}/groups/segue").status,
    ]

    assert early.status == 400
    assert statuses == [201, 409, 201, 409, 200, 400, 400, 204, 400, 204]
    assert "segue_viewer" not in sandbox.portal.contacts.records["501"].properties
    assert call("DELETE", f"{PROPERTIES}/firstname").status == 400


def test_properties_are_made_many_at_a_time_and_each_is_told_on_its_own(call: Client) -> None:
    one = {"label": "A", "type": "number", "fieldType": "number", "groupName": "contactinformation"}

    done = call("POST", f"{PROPERTIES}/batch/create", {"inputs": [{"name": "a", **one}, {"name": "tier", **one}]})
    asked = {"inputs": [{"name": "a"}, {"name": "b"}], "archived": False, "dataSensitivity": "non_sensitive"}
    read = call("POST", f"{PROPERTIES}/batch/read", asked)

    assert (done.status, [each["name"] for each in done["results"]]) == (207, ["a"])
    assert done["errors"][0]["context"]["name"] == ["tier"]
    assert read["errors"][0]["context"]["name"] == ["b"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Upper"},
        {"name": "1st"},
        {"type": "colour"},
        {"fieldType": "select"},
        {"groupName": "none"},
        {"label": ""},
    ],
)
def test_a_property_that_cannot_be_is_refused(call: Client, change: dict[str, str]) -> None:
    one = {"name": "x", "label": "X", "type": "number", "fieldType": "number", "groupName": "contactinformation"}

    assert call("POST", PROPERTIES, one | change).status == 400


def test_a_contact_has_one_primary_company(call: Client) -> None:
    bond = "/crm/objects/2026-09/contacts/501/associations/companies"
    primary = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    made = call("PUT", f"{bond}/9001", primary)
    read = call("POST", "/crm/associations/2026-09/contacts/companies/batch/read", {"inputs": [{"id": "501"}]})

    labels = {
        each["toObjectId"]: [type_["typeId"] for type_ in each["associationTypes"]] for each in read["results"][0]["to"]
    }

    assert made["labels"] == ["Primary"]
    assert labels == {"9002": [279], "9001": [1, 279]}


def test_associations_are_made_and_removed_in_both_directions(call: Client) -> None:
    both = "/crm/associations/2026-09/deals/contacts/batch"
    pair = {"from": {"id": "3003"}, "to": {"id": "509"}}

    made = call("POST", f"{both}/associate/default", {"inputs": [pair, {"from": {"id": "1"}, "to": {"id": "509"}}]})
    read = call("POST", "/crm/associations/2026-09/contacts/deals/batch/read", {"inputs": [{"id": "509"}]})
    call("POST", f"{both}/archive", {"inputs": [{"from": {"id": "3003"}, "to": [{"id": "509"}]}]})
    gone = call("POST", "/crm/associations/2026-09/contacts/deals/batch/read", {"inputs": [{"id": "509"}]})

    assert (made.status, made["numErrors"], len(made["results"])) == (207, 1, 1)
    assert read["results"][0]["to"][0]["toObjectId"] == "3003"
    assert (gone.status, gone["results"]) == (207, [])


def members(call: Client, list_id: str, limit: int) -> list[str]:
    found: list[str] = []
    query = [("limit", str(limit))]
    while True:
        page = call("GET", f"{LISTS}/{list_id}/memberships", query=query)
        found += [each["recordId"] for each in page["results"]]
        if "paging" not in page.body:
            return found
        query = [("limit", str(limit)), ("after", page["paging"]["next"]["after"])]


def test_a_lists_members_are_paged_without_those_who_are_gone(call: Client, sandbox: Sandbox) -> None:
    found = call(
        "POST",
        f"{LISTS}/search",
        {"query": "spring", "offset": 0, "count": 10, "listIds": [], "processingTypes": [], "additionalProperties": []},
    )["lists"][0]
    call("DELETE", "/crm/objects/2026-09/contacts/502")
    call("POST", "/crm/objects/2026-09/contacts/merge", {"primaryObjectId": "509", "objectIdToMerge": "503"})

    assert found["name"] == "Spring travellers"
    assert members(call, found["listId"], 2) == ["501", "504", "505", "506", "509", "512"]


def test_an_active_list_holds_those_whose_link_is_known(call: Client, sandbox: Sandbox) -> None:
    active = make_list(sandbox.portal, "Link is known", [], filters=known("tier"))
    before = len(members(call, active.id, 250))

    call("PATCH", "/crm/objects/2026-09/contacts/508", {"properties": {"tier": "gold"}})

    assert (before, len(members(call, active.id, 250))) == (10, 11)
    assert call("PUT", f"{LISTS}/{active.id}/memberships/add", ["501"]).status == 400


def test_a_list_is_made_filled_and_taken_away(call: Client) -> None:
    made = call("POST", LISTS, {"name": "New", "objectTypeId": "0-1", "processingType": "MANUAL"})["list"]
    added = call("PUT", f"{LISTS}/{made['listId']}/memberships/add", ["501", "99"])
    removed = call("PUT", f"{LISTS}/{made['listId']}/memberships/remove", ["501"])
    by_name = call("GET", f"{LISTS}/object-type-id/0-1/name/New")

    assert (added["recordsIdsAdded"], added["recordIdsMissing"]) == (["501"], ["99"])
    assert removed["recordIdsRemoved"] == ["501"]
    assert by_name["list"]["listId"] == made["listId"]
    assert call("DELETE", f"{LISTS}/{made['listId']}").status == 204
    assert call("GET", f"{LISTS}/{made['listId']}").status == 404


def test_who_opted_out_is_told_by_preferences_and_by_the_contact(call: Client, sandbox: Sandbox) -> None:
    ana, out = "ana@example.com", "opted.out@example.com"
    call(
        "POST",
        f"{PREFERENCES}/statuses/{ana}",
        {"channel": "EMAIL", "statusState": "UNSUBSCRIBED", "subscriptionId": 1},
    )

    one = call("GET", f"{PREFERENCES}/statuses/{ana}", query=EMAIL)
    wide = call("GET", f"{PREFERENCES}/statuses/{out}/unsubscribe-all", query=EMAIL)
    many = call("POST", f"{PREFERENCES}/statuses/batch/unsubscribe-all/read", {"inputs": [ana, out]}, query=EMAIL)
    contact = call("GET", "/crm/objects/2026-09/contacts/512", query=[("properties", "hs_email_optout")])

    assert [each["status"] for each in one["results"]] == ["UNSUBSCRIBED", "NOT_SPECIFIED"]
    assert wide["results"][0]["status"] == "UNSUBSCRIBED"
    assert [each["wideStatuses"][0]["status"] for each in many["results"]] == ["NOT_SPECIFIED", "UNSUBSCRIBED"]
    assert contact["properties"]["hs_email_optout"] == "true"
    assert len(call("GET", f"{PREFERENCES}/definitions")["results"]) == len(mail.KINDS)
    assert call("GET", f"{PREFERENCES}/statuses/{ana}").status == 400


def test_a_bounce_is_seen_on_the_contact(call: Client, sandbox: Sandbox) -> None:
    mail.bounce(sandbox.portal, "ben@example.com")

    found = call("GET", "/crm/objects/2026-09/contacts/502", query=[("properties", "hs_email_hard_bounce_reason_enum")])

    assert found["properties"]["hs_email_hard_bounce_reason_enum"] == "UNKNOWN_USER"


def test_the_account_says_who_it_is_and_what_it_used(call: Client, sandbox: Sandbox) -> None:
    found = call("GET", "/account-info/2026-09/details")
    used = call("GET", "/account-info/2026-09/api-usage/daily/private-apps")["results"][0]

    assert (found["portalId"], found["companyCurrency"]) == (sandbox.portal.id, "USD")
    assert found["utcOffsetMilliseconds"] in (-18_000_000, -14_400_000)
    assert used["currentUsage"] == 2
