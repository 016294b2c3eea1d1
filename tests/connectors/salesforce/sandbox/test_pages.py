"""The person's pages: every one opens, nothing in a record runs, refusals keep what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.pages.curve import Bar, curve
from connectors.salesforce.sandbox.store.write import Writer
from tests.connectors.salesforce.sandbox.conftest import first

XSS = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def nothing_crashes(sandbox: Sandbox) -> Iterator[None]:
    yield
    assert sandbox.api.crashes == []


def get(sandbox: Sandbox, path: str) -> Any:
    return urllib3.request("GET", sandbox.origin + path, redirect=False)


def post(sandbox: Sandbox, path: str, form: dict[str, Any], **headers: str) -> Any:
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    body = urlencode(form, doseq=True)
    return urllib3.request("POST", sandbox.origin + path, body=body, headers=sent, redirect=False)


def text(answer: Any) -> str:
    found: str = answer.data.decode()
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/contacts",
        "/leads",
        "/accounts",
        "/opportunities",
        "/campaigns",
        "/engagement",
        "/setup",
        "/calls",
        "/callouts",
        "/trouble",
        "/new/Contact",
        "/new/Lead",
        "/new/Video_Engagement__c",
    ],
)
@pytest.mark.parametrize("deployed", [True, False])
def test_every_page_opens_with_and_without_the_package(sandbox: Sandbox, path: str, deployed: bool) -> None:
    sandbox.org.deploy(deployed)

    answer = get(sandbox, path)

    assert answer.status == (404 if "Engagement__c" in path and not deployed else 200)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_every_record_has_a_page(sandbox: Sandbox) -> None:
    kinds = [kind for kind in sandbox.org.schema.every() if sandbox.org.table(kind).rows]

    for kind in kinds:
        record_id = first(sandbox, kind.name)
        assert get(sandbox, f"/records/{record_id}").status == 200, kind.name
        assert get(sandbox, f"/{record_id}").headers["Location"] == f"/records/{record_id}"
    assert len(kinds) > 9
    assert get(sandbox, "/records/003Hs00000zzzzz").status == 400
    assert get(sandbox, "/nowhere").status == 404


def test_nothing_in_a_record_runs(sandbox: Sandbox) -> None:
    writer = Writer(sandbox.org, sandbox.org.admin_id)
    kind = sandbox.org.schema.kind("Video_Engagement__c")
    assert kind is not None
    contact = first(sandbox, "Contact")
    row = {"Contact__c": contact, "Sentence__c": XSS, "Reasons__c": XSS, "CTA_Label__c": XSS, "Spans__c": f'["{XSS}"]'}
    opened = {"First_Opened_At__c": "2026-01-01T00:00:00Z", "CTA_Clicked__c": True}
    writer.create(kind, {"Session_Key__c": XSS, **opened, **row})

    for path in (f"/records/{contact}", "/engagement", "/records/" + first(sandbox, "Video_Engagement__c")):
        assert "<script" not in text(get(sandbox, path))
    assert "<script" not in text(get(sandbox, f"/contacts?said={XSS}"))
    assert "&lt;b&gt;Robert&lt;/b&gt;" in text(get(sandbox, "/contacts"))


def test_another_site_cannot_post_a_form(sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact")

    foreign = post(sandbox, f"/records/{contact}", {"do": "delete"}, Origin="https://evil.example")
    assert (foreign.status, sandbox.org.table("Contact").rows[contact]["IsDeleted"]) == (403, False)
    ours = post(sandbox, f"/records/{contact}", {"do": "delete"}, Origin=sandbox.origin)

    assert (ours.status, sandbox.org.table("Contact").rows[contact]["IsDeleted"]) == (303, True)
    consent = post(sandbox, "/services/oauth2/authorize", {"choice": "allow"}, Origin="https://evil.example")
    assert consent.status == 403


def test_saving_changes_what_was_changed_and_a_refusal_keeps_what_was_typed(sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact", 2)
    row = sandbox.org.table("Contact").rows[contact]
    form = {"do": "save", "LastName": "O'Neill", "FirstName": "Niamh", "Email": "oneill@harbor.example"}

    refused = post(sandbox, f"/records/{contact}", {**form, "Email": "no", "HasOptedOutOfEmail": "true"})
    assert refused.status == 400
    assert "Email: invalid email address: no" in text(refused)
    assert 'value="Niamh"' in text(refused)
    assert "FirstName" not in row
    saved = post(sandbox, f"/records/{contact}", {**form, "HasOptedOutOfEmail": "true"})

    assert saved.status == 303
    assert (row["FirstName"], row["HasOptedOutOfEmail"], "AccountId" in row) == ("Niamh", True, True)
    post(sandbox, f"/records/{contact}", form)
    assert row["HasOptedOutOfEmail"] is False
    post(sandbox, f"/records/{contact}", {**form, "Interests__c": ["Mountains", "Trains"]})
    assert row["Interests__c"] == "Trains;Mountains"
    post(sandbox, f"/records/{contact}", form)
    assert "Interests__c" not in row


def test_a_record_is_made_converted_merged_deleted_and_brought_back(sandbox: Sandbox) -> None:
    made = post(sandbox, "/new/Lead", {"LastName": "Neu", "Company": "Neu GmbH", "Status": "Open - Not Contacted"})
    lead = made.headers["Location"].split("?")[0]
    assert post(sandbox, "/new/Lead", {"LastName": "Neu"}).status == 400

    contact = post(sandbox, lead, {"do": "convert", "deal": "true"}).headers["Location"].split("?")[0]
    assert "Converted" in text(get(sandbox, lead))
    merged = post(sandbox, contact, {"do": "merge", "others": first(sandbox, "Contact")})
    assert merged.status == 303
    assert "Merged into" in text(get(sandbox, f"/records/{first(sandbox, 'Contact')}"))
    post(sandbox, contact, {"do": "delete"})
    assert "In the recycle bin" in text(get(sandbox, contact))
    post(sandbox, contact, {"do": "restore"})
    assert "In the recycle bin" not in text(get(sandbox, contact))
    post(sandbox, contact, {"do": "delete"})
    assert post(sandbox, contact, {"do": "purge"}).headers["Location"].startswith("/?")
    assert get(sandbox, contact).status == 400


def test_set_up_turns_what_it_says(sandbox: Sandbox) -> None:
    org = sandbox.org
    post(sandbox, "/setup", {"do": "deploy", "deployed": "false"})
    post(sandbox, "/setup", {"do": "org", "edition": "Team Edition", "calls": "7", "private": ["Contact", "Lead"]})
    post(sandbox, "/setup", {"do": "user", "user": org.integration_id, "active": "true", "hidden": "Contact.Email\n\n"})
    post(sandbox, "/setup", {"do": "fields", "dropped": "Lead.Rating"})
    shown = post(sandbox, "/setup", {"do": "key-pair"})

    access = org.schema.of(org.integration_id)
    assert (org.schema.deployed, org.has_api, org.limits.most) == (False, False, 7)
    assert (org.switches.private, org.switches.flows) == ({"Contact", "Lead"}, False)
    assert (access.hidden, access.package, access.sees_all) == ({"Contact.Email"}, False, False)
    kind = org.schema.kind("Lead")
    assert kind is not None
    assert "Rating" not in kind.fields
    assert "BEGIN PRIVATE KEY" in text(shown)
    assert "BEGIN PUBLIC KEY" in sandbox.logins.apps[0].certificate
    assert post(sandbox, "/setup", {"do": "org", "edition": "Mine"}).status == 400
    assert post(sandbox, "/setup", {"do": "nothing"}).status == 404


def test_trouble_is_made_and_ended(sandbox: Sandbox) -> None:
    made = post(sandbox, "/trouble", {"kind": "503", "percent": "50", "times": "", "path": "*/query*"})
    assert (made.status, sandbox.faults.rules[0].probability) == (303, 0.5)
    assert "The server is unavailable" in text(get(sandbox, "/trouble"))
    for wrong in ({"kind": "503", "percent": "many"}, {"kind": "503", "percent": "101"}, {"kind": "storm"}):
        assert post(sandbox, "/trouble", wrong).status == 400

    post(sandbox, "/trouble", {"do": "clear"})

    assert sandbox.faults.rules == []


@pytest.mark.parametrize(
    ("row", "bars"),
    [
        ({}, []),
        ({"Spans__c": "no json"}, []),
        ({"Spans__c": "[[1,1],[3,2],[-1,2],[0,null],7]"}, []),
        ({"Spans__c": "[[0,10]]", "Duration_Seconds__c": 40.0}, [Bar(0, 25, False)]),
        ({"Spans__c": "[[0,50],[60,70]]", "Duration_Seconds__c": 40.0}, [Bar(0, 100, False)]),
        ({"Spans__c": "[[0,5]]", "Again__c": "[[1,2]]"}, [Bar(0, 100, False), Bar(20, 20, True)]),
    ],
)
def test_a_curve_is_drawn_from_what_can_be_read(row: dict[str, Any], bars: list[Bar]) -> None:
    assert curve(row) == bars
