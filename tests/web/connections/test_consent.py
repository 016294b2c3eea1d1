"""To HubSpot's consent page and back: once, in time, in the browser and session it began in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from connectors.hubspot.accounts.scopes import CORE
from plugin.accounts.models import Credential, Installation
from tests.connectors.hubspot.world import World
from tests.web.crm.conftest import ORIGIN, Browser, sign_in
from web.consent.journey import LIFE_S
from web.hubspot.consent import CONSENT

BACK = "/hubspot/oauth/callback"
COOKIE = CONSENT.cookie


def begin(browser: Browser) -> dict[str, str]:
    """On to HubSpot; what the address of its consent page says."""
    response = browser.get("/hubspot/install")
    assert response.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def consent(world: World, asked: dict[str, str], portal_id: int = 777) -> str:
    """As its consent page does: the code to come back with."""
    portal = next((each for each in world.sandbox.portals if each.id == portal_id), None)
    portal = portal or world.sandbox.add_portal(portal_id, tier="professional")
    app = portal.install(world.sandbox.app.id, "Segue", "oauth", set(asked["scope"].split()), "x")
    return world.sandbox.grants.consent(app, asked["redirect_uri"], asked["code_challenge"], world.sandbox.clock())


def back(browser: Browser, **query: str) -> TestResponse:
    return browser.client.get(BACK, base_url=ORIGIN, query_string=query)


def accounts(world: World) -> list[str]:
    with world.database.reading() as session:
        rows = select(Installation.account).join(Credential, Credential.installation_id == Installation.id)
        return sorted(session.scalars(rows))


def test_the_way_there_says_who_asks_for_what_and_where_to_come_back(browser: Browser, world: World) -> None:
    response = browser.get("/hubspot/install")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}

    assert response.location.startswith(f"{world.sandbox.origin}/oauth/authorize?")
    assert asked["redirect_uri"] == f"{ORIGIN}{BACK}"
    assert asked["scope"].split() == [scope.name for scope in CORE]
    assert asked["code_challenge_method"] == "S256"
    kept = response.headers["Set-Cookie"]
    for word in (f"{COOKIE}=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={LIFE_S}"):
        assert word in kept


def test_a_consent_connects_the_account_that_gave_it(browser: Browser, world: World) -> None:
    asked = begin(browser)

    response = back(browser, code=consent(world, asked), state=asked["state"])

    assert response.status_code == 303
    assert accounts(world) == sorted(["777", str(world.account.id)])
    assert "HubSpot 777" in browser.get(response.location).text
    assert browser.client.get_cookie(COOKIE, "127.0.0.1") is None


def test_the_same_way_back_twice_connects_once_and_says_so(browser: Browser, world: World) -> None:
    asked = begin(browser)
    code = consent(world, asked)
    back(browser, code=code, state=asked["state"])

    again = back(browser, code=code, state=asked["state"])

    assert again.status_code == 400
    assert "begin again" in again.text


def test_a_code_used_before_is_said_to_be_spent(browser: Browser, world: World) -> None:
    code = consent(world, begin(browser))
    world.sandbox.grants.codes.pop(code)
    asked = begin(browser)

    response = back(browser, code=code, state=asked["state"])

    assert response.status_code == 400
    assert "spent" in response.text
    assert len(accounts(world)) == 1


def test_a_no_at_hubspot_is_no_trouble(browser: Browser, world: World) -> None:
    asked = begin(browser)

    response = back(browser, error="access_denied", error_description="<b>no</b>", state=asked["state"])

    assert response.status_code == 400
    assert "wasn’t allowed" in response.text
    assert "<b>no</b>" not in response.text
    assert len(accounts(world)) == 1


@pytest.mark.parametrize("state", ["", "guessed", "ü"])
def test_a_way_back_with_another_state_is_not_ours(browser: Browser, world: World, state: str) -> None:
    asked = begin(browser)

    response = back(browser, code=consent(world, asked), state=state)

    assert response.status_code == 400
    assert len(accounts(world)) == 1


def test_a_way_back_that_nobody_began_is_not_ours(browser: Browser, world: World) -> None:
    asked = begin(Browser(browser.client.application.test_client()))

    assert back(browser, code=consent(world, asked), state=asked["state"]).status_code == 400
    assert len(accounts(world)) == 1


def test_another_admins_way_is_not_this_ones(
    make_app: Callable[..., Flask], world: World, member: Callable[[str], str]
) -> None:
    app = make_app(world, crm_open=False)
    first, second = Browser(app.test_client()), Browser(app.test_client())
    email = member("admin")
    sign_in(first, email)
    sign_in(second, email)
    asked = begin(first)
    cookie = first.client.get_cookie(COOKIE, "127.0.0.1")
    assert cookie is not None
    second.client.set_cookie(COOKIE, cookie.value, domain="127.0.0.1")

    assert back(second, code=consent(world, asked), state=asked["state"]).status_code == 400
    assert back(first, code=consent(world, asked), state=asked["state"]).status_code == 303


def test_a_code_stolen_on_the_way_is_worth_nothing_without_the_verifier(browser: Browser, world: World) -> None:
    stolen = consent(world, begin(browser))
    asked = begin(browser)

    assert back(browser, code=stolen, state=asked["state"]).status_code == 400
    assert len(accounts(world)) == 1


@pytest.mark.parametrize("query", [{}, {"code": ""}, {"code": "x" * 3000}, {"error": "<script>"}])
def test_a_way_back_without_a_code_connects_nothing(browser: Browser, world: World, query: dict[str, str]) -> None:
    asked = begin(browser)

    response = back(browser, state=asked["state"], **query)

    assert response.status_code == 400
    assert "<script>" not in response.text.split("<main")[1]


def test_a_server_without_an_app_says_which_settings_are_missing(make_app: Callable[..., Flask], world: World) -> None:
    response = Browser(make_app(world, hubspot_client_id="").test_client()).get("/hubspot/install")

    assert response.status_code == 409
    assert "SEGUE_HUBSPOT_CLIENT_ID" in response.text


def test_connecting_again_is_the_same_account(browser: Browser, world: World) -> None:
    for _ in range(2):
        asked = begin(browser)
        response = back(browser, code=consent(world, asked), state=asked["state"])

    assert "done=again" in response.location
    assert len(accounts(world)) == 2
