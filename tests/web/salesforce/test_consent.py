"""Back from Salesforce's consent page: connected once, in time, in the session and browser it began in, or told why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from plugin.accounts import credentials
from plugin.kernel.clock import utcnow
from tests.connectors.salesforce.world import World
from tests.web.crm.conftest import Browser, sign_in
from tests.web.salesforce.consenting import INSTALL, auth, back, consent, there
from web.consent.journey import LIFE_S
from web.salesforce.consent import CONSENT


def test_an_admin_signs_in_and_the_org_is_connected_as_that_user(org_browser: Browser, org: World) -> None:
    url = there(org_browser.get(INSTALL))

    response = back(org_browser, **consent(org, url))
    page = org_browser.get(response.location).text

    assert response.status_code == 303
    assert auth(org) == "web"
    assert "segue.integration@northwind.example" in page
    assert "By signing in".lower() in page.lower()
    assert org_browser.client.get_cookie(CONSENT.cookie, "127.0.0.1") is None


def test_signed_in_once_it_goes_on_when_sessions_end_and_says_so_when_access_is_withdrawn(
    org_browser: Browser, org: World
) -> None:
    overview = back(org_browser, **consent(org, there(org_browser.get(INSTALL)))).location.split("?")[0]
    for _ in range(3):
        org.sandbox.logins.end_sessions()
        assert org.org().api.call("GET", "limits/")
    (grant,) = [each for each in org.sandbox.logins.grants if each.active]
    assert len(grant.spent) == 3

    org.sandbox.logins.end(grant)
    org_browser.post(f"{overview}/probe", page=overview)

    page = org_browser.get(overview).text
    assert "the grant has ended" in page
    assert 'href="/connections/salesforce/new">Connect it again' in page


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


def test_signing_in_again_is_the_same_org_with_the_same_key(org_browser: Browser, org: World) -> None:
    response = back(org_browser, **consent(org, there(org_browser.get(INSTALL))))

    assert "done=again" in response.location
    with org.database.reading() as session:
        held = credentials.look(session, org.vault, org.installation_id).values
    assert held["inbound_key"] == org.connected.inbound_key
