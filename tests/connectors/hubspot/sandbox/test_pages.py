"""The person's pages: consent gives what the account has, forms come from the pages alone, notes run nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.app import challenge_of
from connectors.hubspot.sandbox.pages.rich_text import safe
from connectors.hubspot.sandbox.portal import Installation
from tests.connectors.hubspot.sandbox.conftest import Client

VERIFIER = "v" * 64


def get(sandbox: Sandbox, path: str) -> Any:
    return urllib3.request("GET", sandbox.origin + path, redirect=False)


def post(sandbox: Sandbox, path: str, form: dict[str, Any], **headers: str) -> Any:
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    body = urlencode(form, doseq=True)
    return urllib3.request("POST", sandbox.origin + path, body=body, headers=sent, redirect=False)


def authorize(sandbox: Sandbox, **change: str) -> str:
    query = {
        "client_id": sandbox.app.client_id,
        "redirect_uri": sandbox.app.redirects()[0],
        "scope": "oauth crm.objects.contacts.read",
        "optional_scope": "automation analytics.behavioral_events.send",
        "state": "s1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **change,
    }
    return f"/oauth/authorize?{urlencode(query)}"


def back(answer: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def test_consent_gives_what_the_account_has_and_a_code_for_it(sandbox: Sandbox) -> None:
    sandbox.portal.tier = "professional"

    shown = get(sandbox, authorize(sandbox))
    answer = post(sandbox, authorize(sandbox), {"answer": "allow", "portal": sandbox.portal.id})
    form = {
        "grant_type": "authorization_code",
        "code": back(answer)["code"],
        "redirect_uri": sandbox.app.redirects()[0],
        "client_id": sandbox.app.client_id,
        "client_secret": sandbox.app.client_secret,
        "code_verifier": VERIFIER,
    }
    grant = Client(sandbox.origin, None)("POST", "/oauth/2026-09/token", form=form)

    assert "not on this account’s tier" in shown.data.decode()
    assert answer.headers["Location"].startswith(sandbox.app.redirects()[0])
    assert back(answer)["state"] == "s1"
    assert grant["scopes"] == ["automation", "crm.objects.contacts.read", "oauth"]


def test_a_no_goes_back_as_a_no(sandbox: Sandbox) -> None:
    answer = post(sandbox, authorize(sandbox), {"answer": "deny"})

    assert back(answer)["error"] == "access_denied"
    assert sandbox.portal.installations == {}


def test_a_scope_the_app_requires_and_the_account_lacks_stops_the_install(sandbox: Sandbox) -> None:
    sandbox.portal.tier = "free"
    path = authorize(sandbox, scope="oauth automation")

    answer = post(sandbox, path, {"answer": "allow", "portal": sandbox.portal.id})

    assert answer.status == 403
    assert "automation" in answer.data.decode()
    assert sandbox.portal.installations == {}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/callback"},
        {"scope": "oauth everything"},
        {"code_challenge_method": "plain"},
    ],
)
def test_an_ask_that_is_not_the_apps_goes_nowhere(sandbox: Sandbox, change: dict[str, str]) -> None:
    for answer in (get(sandbox, authorize(sandbox, **change)), post(sandbox, authorize(sandbox, **change), {})):
        assert answer.status == 400
        assert "Location" not in answer.headers


def test_another_site_cannot_post_a_form(sandbox: Sandbox) -> None:
    path = f"/portals/{sandbox.portal.id}/contacts/501"

    foreign = post(sandbox, path, {"do": "delete"}, Origin="https://evil.example")
    ours = post(sandbox, path, {"do": "delete"}, Origin=sandbox.origin)

    assert (foreign.status, ours.status) == (403, 303)


def test_hubspots_address_of_a_record_leads_to_its_page(sandbox: Sandbox) -> None:
    answer = get(sandbox, f"/contacts/{sandbox.portal.id}/record/0-1/501")

    assert answer.headers["Location"] == f"/portals/{sandbox.portal.id}/contacts/501"
    assert get(sandbox, "/").headers["Location"] == f"/portals/{sandbox.portal.id}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/portals/7", 404),
        ("/portals/x", 404),
        ("/portals/24601001/nope", 404),
        ("/portals/24601001/contacts/99", 404),
        ("/portals/24601001/lists/99", 404),
        ("/portals/24601001/apps/99", 404),
        ("/portals/24601001/contacts/501/card", 404),
        ("/__style/../visit.py", 404),
    ],
)
def test_a_page_that_is_not_there_says_so(sandbox: Sandbox, path: str, status: int) -> None:
    answer = get(sandbox, path)

    assert answer.status == status
    assert b"sandbox failed" not in answer.data


def test_every_page_is_shown_for_every_contact(sandbox: Sandbox, app: Installation) -> None:
    base = f"/portals/{sandbox.portal.id}"
    pages = ("", "/contacts", "/contacts?q=ana", "/lists", "/workflows", "/webhooks", "/calls", "/faults")
    records = [f"/contacts/{each.id}" for each in sandbox.portal.contacts.live()]

    assert {get(sandbox, base + path).status for path in (*pages, *records)} == {200}


def test_a_bad_value_is_shown_with_what_was_typed(sandbox: Sandbox) -> None:
    form = {"do": "save", "points": "many", "city": "Cork"}

    answer = post(sandbox, f"/portals/{sandbox.portal.id}/contacts/501", form)
    text = answer.data.decode()

    assert answer.status == 400
    assert "many was not a valid number." in text
    assert 'value="many"' in text
    assert 'value="Cork"' in text
    assert "city" not in sandbox.portal.contacts.records["501"].properties


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<p>Watched <b>38 s</b></p>", "<p>Watched <b>38 s</b></p>"),
        ("<script>alert(1)</script>Hi", "Hi"),
        ("<img src=x onerror=alert(1)>Hi", "Hi"),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        (
            '<a href="https://x.io/?a=1&b=2">x</a>',
            '<a href="https://x.io/?a=1&amp;b=2" rel="noreferrer">x</a>',
        ),
        ("<p>open <i>ended", "<p>open <i>ended</i></p>"),
        ("</div></body>a < b", "a &lt; b"),
    ],
)
def test_of_a_notes_html_only_the_harmless_is_kept(text: str, shown: str) -> None:
    assert safe(text) == shown
