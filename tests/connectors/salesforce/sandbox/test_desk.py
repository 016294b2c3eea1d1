"""What tests and people ask of the sandbox itself over HTTP: each deed, and a plain word for what can't be done."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3
from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.salesforce.sandbox.conftest import client, engagement, first, refused, upsert


def do(sandbox: Sandbox, deed: str, **given: Any) -> Any:
    answer = urllib3.request("POST", f"{sandbox.origin}/__sandbox/{deed}", json=given)
    return answer.json() if answer.status == 200 else (answer.status, answer.json()[0]["message"])


def look(sandbox: Sandbox, path: str) -> Any:
    return urllib3.request("GET", f"{sandbox.origin}/__sandbox/{path}").json()


def test_a_process_is_told_all_one_needs_to_sign_in(sandbox: Sandbox) -> None:
    about = look(sandbox, "org")
    token = do(sandbox, "sign-in", user="admin")

    assert about["consumerKey"] == sandbox.logins.apps[0].consumer_key
    assert about["publicKey"].startswith("-----BEGIN PUBLIC KEY-----")
    assert about["users"][0]["username"] == "admin@northwind.example"
    assert client(sandbox, token["accessToken"]).limits()
    assert do(sandbox, "sign-out") == {"ended": 1}
    assert refused(client(sandbox, token["accessToken"]).limits)[0] == 401


def test_records_are_converted_merged_locked_and_looked_at(sf: Salesforce, sandbox: Sandbox) -> None:
    lead, ana, bjorn = first(sandbox, "Lead"), first(sandbox, "Contact"), first(sandbox, "Contact", 1)

    converted = do(sandbox, "convert", id=lead, contactId=ana)
    assert converted["contact_id"] == ana
    assert do(sandbox, "convert", id=lead) == (400, "This lead has been converted already.")
    assert do(sandbox, "merge", id=ana, others=[bjorn]) == {"id": ana}
    assert do(sandbox, "merge", id=ana, others=[lead])[0] == 404
    assert do(sandbox, "lock", ids=[ana], seconds=60) == {"locked": [ana]}
    assert upsert(sf, engagement("a", Contact__c=ana))[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    row = next(each for each in look(sandbox, "records/Contact")["records"] if each["Id"] == bjorn)
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, ana)
    assert do(sandbox, "restore", id=bjorn) == (400, "Entity is not in the recycle bin")
    assert do(sandbox, "delete", id=ana)[0] == 400
    sandbox.clock.advance(61)
    do(sandbox, "delete", id=ana)
    do(sandbox, "purge", id=ana)
    assert refused(lambda: sf.Contact.get(ana))[:2] == (404, "NOT_FOUND")
    assert sf.query(f"SELECT Id FROM Contact WHERE Id = '{ana}'", include_deleted=True)["totalSize"] == 0


def test_the_org_its_users_fields_and_rules_are_turned(sf: Salesforce, sandbox: Sandbox) -> None:
    do(sandbox, "org", calls=10, used=8, multiCurrency=True, sessionS=3600)
    assert sf.limits()["DailyApiRequests"] == {"Max": 10, "Remaining": 1}
    assert sf.query("SELECT CurrencyIsoCode FROM Lead LIMIT 1")["totalSize"] == 1
    do(sandbox, "org", used=0, calls=1000)
    do(sandbox, "user", hidden=["Contact.Email"], objects={"Campaign": ""})
    assert refused(lambda: sf.query("SELECT Email FROM Contact"))[1] == "INVALID_FIELD"
    assert refused(lambda: sf.query("SELECT Id FROM Campaign"))[1] == "INVALID_TYPE"
    do(sandbox, "fields", dropped=["Contact.Title"])
    assert refused(lambda: sf.Contact.create({"LastName": "x", "Title": "y"}))[1] == "INVALID_FIELD"
    do(sandbox, "rules", object="Contact", condition="LastName = 'No'", message="Not this one.")
    assert refused(lambda: sf.Contact.create({"LastName": "No"}))[2] == "Not this one."
    assert do(sandbox, "rules") == {"rules": []}
    do(sandbox, "deploy", deployed=False)
    assert look(sandbox, "org")["deployed"] is False
    do(sandbox, "user", active=False)
    assert refused(sf.limits)[:2] == (401, "INVALID_SESSION_ID")


@pytest.mark.parametrize(
    ("deed", "given", "words"),
    [
        ("convert", {}, "id is a text"),
        ("merge", {"id": "x", "others": 7}, "others is a list of texts"),
        ("lock", {"ids": ["x"], "seconds": 1}, "there is no record x"),
        ("lock", {"ids": [], "seconds": "long"}, "seconds is a number"),
        ("lock", {"ids": [], "seconds": -1}, "seconds is a number from 0 to 1e+09"),
        ("org", {"flows": "perhaps"}, "flows is true or false"),
        ("org", {"edition": "Mine"}, "edition is one of"),
        ("user", {"user": "nobody"}, "there is no user nobody"),
        ("user", {"objects": []}, "objects is an object"),
        ("rules", {"object": "Contact", "condition": "(", "message": "x"}, "unexpected token"),
        ("links", {"ids": [], "campaign": ""}, "campaign is a text"),
        ("nothing", {}, "no such path"),
    ],
)
def test_what_cant_be_is_said(sandbox: Sandbox, deed: str, given: dict[str, Any], words: str) -> None:
    status, message = do(sandbox, deed, **given)

    assert status in (400, 404)
    assert words in message
    assert sandbox.api.crashes == []
