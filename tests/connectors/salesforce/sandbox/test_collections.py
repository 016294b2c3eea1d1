"""Two hundred records a call, each with its own answer, or all or none; and requests that build on each other."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.salesforce.sandbox.conftest import codes, engagement, first, refused, upsert


def rows(sandbox: Sandbox) -> dict[str, Any]:
    return {row["Session_Key__c"]: row for row in sandbox.org.live("Video_Engagement__c")}


def test_two_hundred_are_answered_in_order_and_again_change_nothing(sf: Salesforce, sandbox: Sandbox) -> None:
    asked = [engagement(f"k{number}", Max_Milestone__c=25) for number in range(200)]

    made, again = upsert(sf, *asked), upsert(sf, *asked)

    assert [item["created"] for item in made] == [True] * 200
    assert [item["created"] for item in again] == [False] * 200
    assert [item["id"] for item in made] == [item["id"] for item in again]
    assert list(rows(sandbox)) == [f"k{number}" for number in range(200)]
    assert sandbox.counts.batches["/services/data/{version}/composite/sobjects/{type}/{field}"] == {200: 2}


def test_more_than_two_hundred_are_refused_whole(sf: Salesforce, sandbox: Sandbox) -> None:
    asked = [engagement(f"k{number}") for number in range(201)]

    assert refused(lambda: upsert(sf, *asked))[:2] == (400, "EXCEEDED_ID_LIMIT")
    assert rows(sandbox) == {}


def test_one_bad_record_doesnt_hold_the_others_up(sf: Salesforce, sandbox: Sandbox) -> None:
    results = upsert(sf, engagement("a"), engagement("b", Who__c="robot"), engagement("c"), engagement("c"))

    assert codes(results) == ["", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "", "DUPLICATE_VALUE"]
    assert results[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "message": "Who: bad value for restricted picklist field: robot",
                "fields": ["Who__c"],
            }
        ],
    }
    assert set(rows(sandbox)) == {"a", "c"}


def test_all_or_none_rolls_back_with_what_followed_from_it(sf: Salesforce, sandbox: Sandbox) -> None:
    upsert(sf, engagement("a", Max_Milestone__c=25))

    results = upsert(
        sf,
        engagement("a", Max_Milestone__c=100, First_Opened_At__c="2026-01-01T00:00:00Z"),
        engagement("b", Who__c="robot"),
        all_or_none=True,
    )

    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
    assert {key: row["Max_Milestone__c"] for key, row in rows(sandbox).items()} == {"a": 25.0}
    assert list(sandbox.org.live("Task")) == []


def test_a_field_that_isnt_there_refuses_the_whole_call(sf: Salesforce, sandbox: Sandbox) -> None:
    told = refused(lambda: upsert(sf, engagement("a"), engagement("b", Nope__c=1)))

    assert told == (400, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Video_Engagement__c")
    assert rows(sandbox) == {}


def test_create_update_read_and_delete_go_by_the_list_too(sf: Salesforce, sandbox: Sandbox) -> None:
    records = [{"attributes": {"type": "Contact"}, "LastName": name} for name in ("A", "B")]
    made: Any = sf.restful("composite/sobjects", method="POST", json={"records": records})
    ids = [item["id"] for item in made]
    changes = [{"attributes": {"type": "Contact"}, "id": each, "Title": "CEO"} for each in [*ids, "003x"]]

    changed: Any = sf.restful("composite/sobjects", method="PATCH", json={"records": changes})
    body = {"ids": [*ids, "003Hs00000zzzzz"], "fields": ["Title"]}
    read: Any = sf.restful("composite/sobjects/Contact", method="POST", json=body)
    deleted: Any = sf.restful("composite/sobjects", {"ids": ",".join([*ids, ids[0]])}, method="DELETE")

    assert codes(changed) == ["", "", "MALFORMED_ID"]
    assert [each and each["Title"] for each in read] == ["CEO", "CEO", None]
    assert codes(deleted) == ["", "", "ENTITY_IS_DELETED"]


def ask(sf: Salesforce, *parts: dict[str, Any], all_or_none: bool = False) -> list[Any]:
    body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    found: Any = sf.restful("composite", method="POST", json=body)
    return list(found["compositeResponse"])


def part(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    made = {"referenceId": name, "method": method, "url": f"/services/data/v67.0/{path}"}
    return made | ({} if body is None else {"body": body})


def test_a_later_request_names_what_an_earlier_one_answered(sf: Salesforce) -> None:
    answers = ask(
        sf,
        part("account", "POST", "sobjects/Account", {"Name": "X"}),
        part("contact", "POST", "sobjects/Contact", {"LastName": "Y", "AccountId": "@{account.id}"}),
        part("found", "GET", "query/?q=SELECT+Id,Account.Name+FROM+Contact+WHERE+Id='@{contact.id}'"),
        part("again", "GET", "sobjects/Account/@{found.records[0].Id}"),
        part("lost", "GET", "sobjects/Account/@{found.records[9].Id}"),
    )

    assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 200, 404, 400]
    assert answers[2]["body"]["records"][0]["Account"]["Name"] == "X"
    assert answers[4]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert answers[0]["httpHeaders"]["Location"].endswith(answers[0]["body"]["id"])


def test_all_or_none_holds_over_different_requests(sf: Salesforce, sandbox: Sandbox) -> None:
    answers = ask(
        sf,
        part("one", "POST", "sobjects/Account", {"Name": "Never"}),
        part("two", "POST", "sobjects/Contact", {}),
        part("three", "GET", "limits"),
        all_or_none=True,
    )

    assert [answer["body"][0]["errorCode"] for answer in answers] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert all(row["Name"] != "Never" for row in sandbox.org.live("Account"))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part(f"r{number}", "GET", "limits") for number in range(26)], "LIMIT_EXCEEDED"),
        ([part(f"r{number}", "GET", "query?q=SELECT+Id+FROM+Lead") for number in range(6)], "LIMIT_EXCEEDED"),
        ([part("same", "GET", "limits"), part("same", "GET", "limits")], "INVALID_INPUT"),
        ([{"referenceId": "a", "method": "GET", "url": "/limits"}], "INVALID_INPUT"),
    ],
)
def test_composites_have_their_limits(sf: Salesforce, parts: list[Any], code: str) -> None:
    assert refused(lambda: ask(sf, *parts))[:2] == (400, code)


def test_one_composite_is_one_call(sf: Salesforce, sandbox: Sandbox) -> None:
    before = sandbox.org.limits.used(sandbox.clock())

    ask(sf, *(part(f"r{number}", "GET", f"sobjects/Contact/{first(sandbox, 'Contact')}") for number in range(25)))

    assert sandbox.org.limits.used(sandbox.clock()) == before + 1


def test_a_batch_answers_each_by_itself(sf: Salesforce) -> None:
    asked = [{"method": "GET", "url": "v67.0/limits"}, {"method": "GET", "url": "v67.0/sobjects/Nope"}]

    found: Any = sf.restful("composite/batch", method="POST", json={"batchRequests": asked})

    assert (found["hasErrors"], [each["statusCode"] for each in found["results"]]) == (True, [200, 404])
