"""Records: read, written, merged, deleted, a hundred at a time – as HubSpot does, quirks and all."""

from __future__ import annotations

import pytest

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.rules import Rule
from tests.connectors.hubspot.sandbox.conftest import Client

CONTACTS = "/crm/objects/2026-09/contacts"
ANA = f"{CONTACTS}/501"


def test_a_contact_is_read_with_just_the_properties_asked_for_and_what_belongs_to_it(call: Client) -> None:
    found = call("GET", ANA, query=[("properties", "firstname,city,no_such"), ("associations", "companies,deals")])

    assert found["properties"].keys() == {"firstname", "city", "createdate", "hs_object_id", "lastmodifieddate"}
    assert (found["properties"]["firstname"], found["properties"]["city"]) == ("Ana", None)
    assert found["associations"] == {
        "companies": {
            "results": [
                {"id": "9002", "type": "contact_to_company"},
                {"id": "9002", "type": "contact_to_company_unlabeled"},
            ]
        },
        "deals": {"results": [{"id": "3001", "type": "contact_to_deal"}]},
    }


def test_values_come_back_as_text_whatever_they_were_sent_as(call: Client, sandbox: Sandbox) -> None:
    found = call("PATCH", ANA, {"properties": {"points": "7", "next_trip": "1798761600000", "city": ""}})

    assert found["properties"]["points"] == "7"
    assert found["properties"]["next_trip"] == "2027-01-01"
    assert found["properties"]["city"] is None
    assert "city" not in sandbox.portal.contacts.records["501"].properties


def test_every_bad_value_is_named_and_nothing_is_written(call: Client, sandbox: Sandbox) -> None:
    bad = {
        "points": "many",
        "next_trip": "soon",
        "hs_language": "klingon",
        "hs_object_id": "7",
        "nickname": "A",
        "email": "x",
    }

    refused = call("PATCH", ANA, {"properties": {**bad, "city": "Cork"}})

    assert (refused.status, refused["category"]) == (400, "VALIDATION_ERROR")
    assert refused.codes == [
        "INVALID_NUMBER",
        "INVALID_DATE",
        "INVALID_OPTION",
        "READ_ONLY_VALUE",
        "PROPERTY_DOESNT_EXIST",
        "INVALID_EMAIL",
    ]
    assert "city" not in sandbox.portal.contacts.records["501"].properties


def test_an_admins_rule_refuses_writes_that_have_nothing_to_do_with_it(call: Client, sandbox: Sandbox) -> None:
    sandbox.portal.rules.add("contacts", Rule("phone", "Phone numbers start with +", pattern=r"\+.*"))
    sandbox.portal.contacts.records["501"].properties["phone"] = "0800"

    alone = call("PATCH", ANA, {"properties": {"city": "Cork"}})
    batch = call("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": "501", "properties": {"city": "Cork"}}]})
    other = call("PATCH", f"{CONTACTS}/502", {"properties": {"city": "Cork"}})

    assert (alone.status, batch.status, other.status) == (400, 400, 200)
    assert "Phone numbers start with +" in alone["message"]


def test_an_address_belongs_to_one_contact(call: Client) -> None:
    made = call("POST", CONTACTS, {"properties": {"email": "New@Example.com"}, "associations": []})
    again = call("POST", CONTACTS, {"properties": {"email": "new@example.com"}, "associations": []})
    found = call("GET", f"{CONTACTS}/new@example.com", query=[("idProperty", "email")])

    assert (made.status, again.status, again["category"]) == (201, 409, "CONFLICT")
    assert again["message"].endswith(f"Existing ID: {made['id']}")
    assert found["id"] == made["id"]


@pytest.mark.parametrize("new_id", [False, True])
def test_a_merged_contact_is_read_and_written_by_its_old_id(call: Client, sandbox: Sandbox, new_id: bool) -> None:
    sandbox.portal.merge_makes_new_id = new_id

    survivor = call("POST", f"{CONTACTS}/merge", {"primaryObjectId": "501", "objectIdToMerge": "502"})["id"]
    read = call("GET", f"{CONTACTS}/502", query=[("properties", "firstname,hs_merged_object_ids")])
    batch = call("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": "502", "properties": {"city": "Cork"}}]})
    deals = call("POST", "/crm/associations/2026-09/contacts/deals/batch/read", {"inputs": [{"id": survivor}]})

    assert (survivor == "501") is not new_id
    assert read["id"] == survivor
    assert read["properties"]["firstname"] == "Ana"
    assert "502" in read["properties"]["hs_merged_object_ids"].split(";")
    assert [each["id"] for each in batch["results"]] == [survivor]
    assert {each["toObjectId"] for each in deals["results"][0]["to"]} == {"3001", "3002"}


def test_a_deleted_contact_is_gone_and_one_of_a_batch_is_told_apart(call: Client) -> None:
    call("DELETE", ANA)

    alone = call("GET", ANA)
    asked = {"inputs": [{"id": "501"}, {"id": "502"}, {"id": "99"}], "properties": [], "propertiesWithHistory": []}
    many = call("POST", f"{CONTACTS}/batch/read", asked)
    kept = call("GET", ANA, query=[("archived", "true")])

    assert (alone.status, alone["category"]) == (404, "OBJECT_NOT_FOUND")
    assert many.status == 207
    assert [each["id"] for each in many["results"]] == ["502"]
    assert (many["numErrors"], many["errors"][0]["context"]["ids"]) == (1, ["501", "99"])
    assert kept["archived"] is True


def test_one_bad_value_refuses_a_batch_unless_its_items_are_traced(call: Client, sandbox: Sandbox) -> None:
    inputs = [
        {"id": "501", "properties": {"points": "1"}},
        {"id": "502", "properties": {"points": "x"}},
        {"id": "99", "properties": {"points": "3"}},
    ]
    traced = [{**each, "objectWriteTraceId": f"t{number}"} for number, each in enumerate(inputs)]

    whole = call("POST", f"{CONTACTS}/batch/update", {"inputs": inputs})
    after_whole = sandbox.portal.contacts.records["501"].properties["points"]
    each = call("POST", f"{CONTACTS}/batch/update", {"inputs": traced})

    assert (whole.status, whole["errors"][0]["context"]["id"], after_whole) == (400, ["502"], "12480")
    assert each.status == 207
    assert [(done["id"], done["objectWriteTraceId"]) for done in each["results"]] == [("501", "t0")]
    assert [error["context"]["ids"] for error in each["errors"]] == [["502"], ["99"]]
    assert each["errors"][0]["context"]["objectWriteTraceId"] == ["t1"]
    assert sandbox.portal.contacts.records["501"].properties["points"] == "1"


def test_a_batch_has_at_most_a_hundred_and_no_id_twice(call: Client) -> None:
    one = {"properties": {"city": "Cork"}}

    many = call("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": str(i), **one} for i in range(101)]})
    twins = call("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": "501", **one}, {"id": "501", **one}]})
    none = call("POST", f"{CONTACTS}/batch/update", {"inputs": []})

    assert (many.status, twins.status, none.status) == (400, 400, 400)
    assert "Duplicate IDs" in twins["message"]


def test_two_of_a_batch_with_one_address_refuse_it_whole(call: Client, sandbox: Sandbox) -> None:
    one = {"properties": {"email": "twin@example.com"}, "associations": []}

    refused = call("POST", f"{CONTACTS}/batch/create", {"inputs": [one, one]})

    assert refused.status in (400, 409)
    assert sandbox.portal.contacts.by_value("email", "twin@example.com") is None


def test_an_upsert_by_a_unique_property_makes_or_changes(call: Client) -> None:
    inputs = [
        {"id": "ana@example.com", "idProperty": "email", "properties": {"city": "Vigo"}},
        {"id": "nobody@example.com", "idProperty": "email", "properties": {"city": "Cork"}},
    ]

    done = call("POST", f"{CONTACTS}/batch/upsert", {"inputs": inputs})

    assert [(each["new"], each["properties"]["city"]) for each in done["results"]] == [(False, "Vigo"), (True, "Cork")]


def test_a_note_needs_its_time_and_hangs_on_the_contact(call: Client) -> None:
    belongs = [{"to": {"id": "501"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}]
    values = {"hs_note_body": "<p>Watched</p>", "hs_timestamp": "2026-11-28T10:42:00Z"}

    made = call("POST", "/crm/objects/2026-09/notes", {"properties": values, "associations": belongs})
    timeless = call("POST", "/crm/objects/2026-09/notes", {"properties": {"hs_note_body": "x"}, "associations": []})
    found = call("GET", ANA, query=[("associations", "notes")])

    assert made.status == 201
    assert timeless.codes == ["MISSING_REQUIRED_PROPERTY"]
    assert found["associations"]["notes"]["results"] == [{"id": made["id"], "type": "contact_to_note"}]


def test_a_persons_erasure_leaves_nothing(call: Client, sandbox: Sandbox) -> None:
    gone = call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": "ana@example.com", "idProperty": "email"})

    assert gone.status == 204
    assert call("GET", ANA).status == call("GET", ANA, query=[("archived", "true")]).status == 404
    assert "501" in sandbox.portal.contacts.erased


def test_records_are_listed_page_by_page(call: Client) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = call("GET", CONTACTS, query=[("limit", "5"), *([("after", after)] if after else [])])
        seen += [each["id"] for each in page["results"]]
        if "paging" not in page.body:
            break
        after = page["paging"]["next"]["after"]

    assert seen == [str(number) for number in range(501, 513)]


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [(b"{not json", "application/json", 400), (b"[1]", "application/json", 400), (b"{}", "text/plain", 415)],
)
def test_what_is_no_json_is_refused(sandbox: Sandbox, call: Client, body: bytes, type_: str, status: int) -> None:
    import urllib3

    headers = {"Content-Type": type_, "Authorization": f"Bearer {call.token}"}
    answer = urllib3.request("PATCH", sandbox.origin + ANA, body=body, headers=headers)

    assert answer.status == status


def test_an_unknown_path_or_type_is_said_so(call: Client) -> None:
    assert call("GET", "/crm/v3/objects/contacts/501").status == 404
    assert call("GET", "/crm/objects/2026-09/unicorns/501").status == 400
    assert call("PUT", ANA, {}).status == 405
