"""On the way to Salesforce's consent page: with the host and app that were chosen, and no secret left lying about."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from plugin.accounts import credentials
from tests.connectors.salesforce.world import World
from tests.web.crm.conftest import ORIGIN, Browser
from tests.web.salesforce.consenting import BACK, INSTALL, NEW, back, consent, given, there
from web.consent.journey import LIFE_S
from web.salesforce.consent import CONSENT


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ({}, "login.salesforce.com"),
        ({"place": "sandbox"}, "test.salesforce.com"),
        ({"place": "domain", "domain": "acme.my.salesforce.com"}, "acme.my.salesforce.com"),
    ],
)
def test_the_browser_goes_to_the_host_that_was_chosen(
    make_app: Callable[..., Flask], org: World, typed: dict[str, str], host: str
) -> None:
    # No sandbox stands for Salesforce here: nothing is asked of it before the browser comes back.
    browser = Browser(make_app(org, salesforce_sandbox="").test_client())

    response = browser.post(INSTALL, given(org, **typed), page=NEW)
    url = there(response)
    asked = parse_qs(urlsplit(url).query)

    assert url.startswith(f"https://{host}/services/oauth2/authorize?")
    assert asked["redirect_uri"] == [f"{ORIGIN}{BACK}"]
    assert asked["scope"] == ["api refresh_token"]
    assert asked["code_challenge_method"] == ["S256"]
    assert "form-action 'self'" in response.headers["Content-Security-Policy"]


def test_the_app_that_was_typed_is_used_and_its_secret_sealed(make_app: Callable[..., Flask], org: World) -> None:
    browser = Browser(make_app(org).test_client())
    secret = org.sandbox.logins.apps[0].consumer_secret

    response = browser.post(INSTALL, given(org), page=NEW)
    cookie = browser.client.get_cookie(CONSENT.cookie, "127.0.0.1")
    done = back(browser, **consent(org, there(response)))

    assert done.status_code == 303
    assert secret not in response.text
    assert cookie is not None
    assert secret not in cookie.value
    with org.database.reading() as session:
        assert credentials.look(session, org.vault, org.installation_id).values["client_secret"] == secret


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"place": "domain", "domain": ""}, "My Domain"),
        ({"place": "domain", "domain": "evil.example.com"}, "My Domain"),
        ({"place": "domain", "domain": "https://acme.my.salesforce.com.evil.com"}, "My Domain"),
        ({"place": "domain", "domain": "evil.example.com\\.salesforce.com"}, "My Domain"),
        ({"client_id": ""}, "consumer key"),
        ({"client_id": "two words"}, "consumer key"),
    ],
)
def test_what_can_lead_nowhere_is_said_and_no_secret_comes_back(
    make_app: Callable[..., Flask], org: World, changed: dict[str, str], said: str
) -> None:
    browser = Browser(make_app(org).test_client())

    response = browser.post(INSTALL, given(org, **changed), page=NEW)

    assert response.status_code == 422
    assert said in response.text
    assert org.sandbox.logins.apps[0].consumer_secret not in response.text
    assert CONSENT.cookie not in response.headers.get("Set-Cookie", "")


def test_what_waits_is_kept_from_scripts_and_other_sites(org_browser: Browser) -> None:
    kept = org_browser.get(INSTALL).headers["Set-Cookie"]

    for word in (f"{CONSENT.cookie}=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={LIFE_S}"):
        assert word in kept


def test_a_wrong_secret_is_said_to_be(make_app: Callable[..., Flask], org: World) -> None:
    browser = Browser(make_app(org).test_client())
    url = there(browser.post(INSTALL, given(org, client_secret="wrong"), page=NEW))

    response = back(browser, **consent(org, url))

    assert response.status_code == 400
    assert "consumer key or secret is wrong" in response.text


def test_a_server_without_an_app_says_what_to_do(make_app: Callable[..., Flask], org: World) -> None:
    response = Browser(make_app(org).test_client()).get(INSTALL)

    assert response.status_code == 409
    assert "SEGUE_SALESFORCE_CLIENT_ID" in response.text
