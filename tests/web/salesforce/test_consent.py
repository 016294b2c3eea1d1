"""To Salesforce's consent page and back: with the host and app that were chosen, once, in time, in this session."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from connectors.salesforce.accounts.config import config_of
from connectors.salesforce.accounts.find import org_of
from plugin.accounts import credentials
from plugin.kernel.clock import utcnow
from tests.connectors.salesforce.world import World
from tests.web.crm.conftest import ORIGIN, Browser, sign_in
from web.consent.journey import LIFE_S
from web.salesforce.consent import CONSENT

BACK = "/salesforce/oauth/callback"
INSTALL = "/salesforce/install"
NEW = "/connections/salesforce/new"


def there(response: TestResponse) -> str:
    """Where the browser is sent: by a redirect, or by the page."""
    if response.status_code == 303:
        return str(response.location)
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', response.text)
    assert found is not None, response.text
    return html.unescape(found[1])


def consent(world: World, url: str, choice: str = "allow", user_id: str = "") -> dict[str, str]:
    """As the consent page does: what comes back with the browser."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = {**asked, "user_id": user_id or world.sandbox.org.integration_id, "choice": choice}
    answer = httpx.post(
        f"{world.sandbox.origin}/services/oauth2/authorize",
        content=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": world.sandbox.origin},
    )
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{ORIGIN}{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def back(browser: Browser, **query: str) -> TestResponse:
    return browser.client.get(BACK, base_url=ORIGIN, query_string=query)


def auth(world: World) -> str:
    with world.database.reading() as session:
        return config_of(org_of(session, world.installation_id).config).auth


def given(world: World, **changed: str) -> dict[str, str]:
    app = world.sandbox.logins.apps[0]
    typed = {"place": "production", "client_id": app.consumer_key, "client_secret": app.consumer_secret}
    return {**typed, **changed}


def test_an_admin_signs_in_and_the_org_is_connected_as_that_user(org_browser: Browser, org: World) -> None:
    url = there(org_browser.get(INSTALL))

    response = back(org_browser, **consent(org, url))
    page = org_browser.get(response.location).text

    assert response.status_code == 303
    assert auth(org) == "web"
    assert "segue.integration@northwind.example" in page
    assert "By signing in".lower() in page.lower()
    assert org.org().api.call("GET", "limits/")
    assert org_browser.client.get_cookie(CONSENT.cookie, "127.0.0.1") is None


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


def test_the_same_way_back_twice_connects_once_and_says_so(org_browser: Browser, org: World) -> None:
    told = consent(org, there(org_browser.get(INSTALL)))
    back(org_browser, **told)

    again = back(org_browser, **told)

    assert again.status_code == 400
    assert "begin again" in again.text


def test_a_code_used_before_is_said_to_be_spent(org_browser: Browser, org: World) -> None:
    told = consent(org, there(org_browser.get(INSTALL)))
    org.sandbox.logins.codes.clear()

    response = back(org_browser, **told)

    assert response.status_code == 400
    assert "spent" in response.text
    assert auth(org) == "client_credentials"


def test_a_code_stolen_on_the_way_is_worth_nothing_without_the_verifier(org_browser: Browser, org: World) -> None:
    stolen = consent(org, there(org_browser.get(INSTALL)))
    fresh = consent(org, there(org_browser.get(INSTALL)))

    assert back(org_browser, code=stolen["code"], state=fresh["state"]).status_code == 400
    assert auth(org) == "client_credentials"


def test_a_no_is_no_trouble(org_browser: Browser, org: World) -> None:
    response = back(org_browser, **consent(org, there(org_browser.get(INSTALL)), "deny"))

    assert response.status_code == 400
    assert "wasn’t allowed" in response.text
    assert auth(org) == "client_credentials"


def test_a_user_without_the_permission_set_is_told_which(org_browser: Browser, org: World) -> None:
    (rep,) = [row["Id"] for row in org.sandbox.org.live("User") if row["Username"].startswith("rep@")]

    response = back(org_browser, **consent(org, there(org_browser.get(INSTALL)), user_id=rep))

    assert response.status_code == 400
    assert "Segue Integration" in response.text


def test_a_wrong_secret_is_said_to_be(make_app: Callable[..., Flask], org: World) -> None:
    browser = Browser(make_app(org).test_client())
    url = there(browser.post(INSTALL, given(org, client_secret="wrong"), page=NEW))

    response = back(browser, **consent(org, url))

    assert response.status_code == 400
    assert "consumer key or secret is wrong" in response.text


def test_an_app_without_refresh_token_says_which_scope_it_lacks(org_browser: Browser, org: World) -> None:
    url = there(org_browser.get(INSTALL)).replace("api+refresh_token", "api")

    response = back(org_browser, **consent(org, url))

    assert response.status_code == 400
    assert "refresh_token" in response.text
    assert auth(org) == "client_credentials"


def test_salesforce_that_does_not_answer_is_said_to_be_late(org_browser: Browser, org: World) -> None:
    told = consent(org, there(org_browser.get(INSTALL)))
    org.sandbox.faults.add("503", times=1, path="*oauth2/token*")

    response = back(org_browser, **told)

    assert response.status_code == 502
    assert "try again in a moment" in response.text


@pytest.mark.parametrize("state", ["", "guessed", "ü"])
def test_a_way_back_with_another_state_is_not_ours(org_browser: Browser, org: World, state: str) -> None:
    told = consent(org, there(org_browser.get(INSTALL)))

    assert back(org_browser, code=told["code"], state=state).status_code == 400
    assert auth(org) == "client_credentials"


@pytest.mark.parametrize("cookie", ["", "x", "AAAA", "ü", "a" * 4000])
def test_a_way_back_that_nobody_began_is_not_ours(org_browser: Browser, cookie: str) -> None:
    org_browser.client.set_cookie(CONSENT.cookie, cookie, domain="127.0.0.1")

    assert back(org_browser, code="x", state="y").status_code == 400


def test_after_ten_minutes_one_begins_again(org_browser: Browser, org: World) -> None:
    told = consent(org, there(org_browser.get(INSTALL)))
    org_browser.client.application.extensions["segue"].clock = lambda: utcnow() + timedelta(seconds=LIFE_S + 1)

    assert "ten minutes" in back(org_browser, **told).text
    assert auth(org) == "client_credentials"


def test_another_admins_way_is_not_this_ones(
    make_app: Callable[..., Flask], org: World, member: Callable[[str], str]
) -> None:
    app = make_app(org, crm_open=False, salesforce_client_id="segue-sandbox-consumer-key")
    first, second = Browser(app.test_client()), Browser(app.test_client())
    email = member("admin")
    sign_in(first, email)
    sign_in(second, email)
    told = consent(org, there(first.get(INSTALL)))
    cookie = first.client.get_cookie(CONSENT.cookie, "127.0.0.1")
    assert cookie is not None
    second.client.set_cookie(CONSENT.cookie, cookie.value, domain="127.0.0.1")

    assert "isn’t yours" in back(second, **told).text


@pytest.mark.parametrize("query", [{}, {"code": ""}, {"code": "x" * 3000}, {"error": "<script>"}])
def test_a_way_back_without_a_code_connects_nothing(org_browser: Browser, org: World, query: dict[str, str]) -> None:
    asked = parse_qs(urlsplit(there(org_browser.get(INSTALL))).query)

    response = back(org_browser, state=asked["state"][0], **query)

    assert response.status_code == 400
    assert "<script>" not in response.text.split("<main")[1]
    assert auth(org) == "client_credentials"


def test_a_server_without_an_app_says_what_to_do(make_app: Callable[..., Flask], org: World) -> None:
    response = Browser(make_app(org).test_client()).get(INSTALL)

    assert response.status_code == 409
    assert "SEGUE_SALESFORCE_CLIENT_ID" in response.text


def test_signing_in_again_is_the_same_org_with_the_same_key(org_browser: Browser, org: World) -> None:
    response = back(org_browser, **consent(org, there(org_browser.get(INSTALL))))

    assert "done=again" in response.location
    with org.database.reading() as session:
        held = credentials.look(session, org.vault, org.installation_id).values
    assert held["inbound_key"] == org.connected.inbound_key
