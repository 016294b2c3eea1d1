"""Admins alone see and change connections; every route is in the matrix."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.connectors.hubspot.world import World
from tests.web.crm.conftest import Browser, sign_in
from web.connections.routes import PAGES

ROOMS = ("connections.", "hubspot_consent.", "salesforce_consent.")
CONSENT = {
    ("GET", "/hubspot/install"),
    ("GET", "/hubspot/oauth/callback"),
    ("GET", "/salesforce/install"),
    ("POST", "/salesforce/install"),
    ("GET", "/salesforce/oauth/callback"),
}


def paths(method: str) -> list[str]:
    filled = {"<installation_id>": "acc", "<run_id>": "run", "<any(pause, resume, cancel):act>": "pause"}
    found = [f"/connections{rule}" for kind, rule, _, _ in PAGES if kind == method]
    found += sorted(path for kind, path in CONSENT if kind == method)
    for pattern, value in filled.items():
        found = [path.replace(pattern, value) for path in found]
    return found


@pytest.fixture
def closed(make_app: Callable[..., Flask]) -> Browser:
    """Where one has to sign in; nobody has yet."""
    return Browser(make_app(crm_open=False).test_client())


def test_the_matrix_below_knows_every_route(make_app: Callable[..., Flask]) -> None:
    rules = [rule for rule in make_app().url_map.iter_rules() if rule.endpoint.startswith(ROOMS)]
    routes = {(method, rule.rule) for rule in rules for method in (rule.methods or set()) & {"GET", "POST"}}

    assert routes == {(method, f"/connections{rule}") for method, rule, _, _ in PAGES} | CONSENT


@pytest.mark.parametrize("path", paths("GET"))
def test_a_stranger_is_asked_to_sign_in_and_comes_back(closed: Browser, path: str) -> None:
    response = closed.get(path)

    assert response.status_code == 303
    assert response.location.startswith("/crm/sign-in?next=")


@pytest.mark.parametrize("path", paths("POST"))
def test_a_stranger_can_do_nothing(closed: Browser, path: str) -> None:
    assert closed.post(path, page="/crm/sign-in").status_code == 303


@pytest.mark.parametrize("role", ["rep", "marketer", "approver"])
def test_who_is_no_admin_sees_and_does_nothing(closed: Browser, member: Callable[[str], str], role: str) -> None:
    sign_in(closed, member(role))

    seen = {closed.get(path).status_code for path in paths("GET")}
    done = {closed.post(path, page="/crm/contacts/new").status_code for path in paths("POST")}

    assert (seen, done) == ({403}, {403})


def test_a_rep_is_not_shown_the_way(closed: Browser, member: Callable[[str], str]) -> None:
    sign_in(closed, member("rep"))

    assert "/connections" not in closed.get("/crm").text


def test_an_admin_is_let_in_and_finds_the_way(closed: Browser, member: Callable[[str], str]) -> None:
    sign_in(closed, member("admin"))

    assert 'href="/connections"' in closed.get("/crm").text
    assert closed.get("/connections").status_code == 200


@pytest.mark.parametrize("path", paths("POST"))
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}])
def test_another_sites_form_changes_nothing(
    make_app: Callable[..., Flask], world: World, path: str, headers: dict[str, str]
) -> None:
    client = make_app(world).test_client()

    assert client.post(path, base_url="http://127.0.0.1:8000", headers=headers).status_code == 403


def test_a_form_without_this_sessions_token_changes_nothing(browser: Browser, world: World) -> None:
    response = browser.post(f"/connections/{world.installation_id}/disconnect", {"csrf": "0" * 64}, page="/crm")

    assert response.status_code == 403


@pytest.mark.parametrize("path", [path for path in paths("GET") if "/acc" in path])
def test_an_account_nobody_knows_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("path", [path for path in paths("POST") if "/acc" in path])
def test_nothing_can_be_done_to_an_account_nobody_knows(browser: Browser, path: str) -> None:
    data = {"mode": "best"} if path.endswith("/mode") else {}

    assert browser.post(path, data, page="/connections/hubspot/new").status_code == 404


@pytest.mark.parametrize("page", ["/connections", "/connections/hubspot/new"])
def test_nothing_of_it_is_stored_by_the_browser(browser: Browser, page: str) -> None:
    headers = browser.get(page).headers

    assert "no-store" in headers["Cache-Control"]
    assert "'unsafe" not in headers["Content-Security-Policy"]
