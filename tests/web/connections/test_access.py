"""Admins alone see and change connections; every route is in the matrix."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.connectors.hubspot.world import World
from tests.web.crm.conftest import Browser, sign_in
from web.connections.routes import PAGES

NEW = "/connections/hubspot/new"
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


def test_a_stranger_is_asked_to_sign_in_and_comes_back(closed: Browser) -> None:
    for path in paths("GET"):
        response = closed.get(path)

        assert response.status_code == 303, path
        assert response.location.startswith("/crm/sign-in?next="), path


def test_a_stranger_can_do_nothing(closed: Browser) -> None:
    assert {path: closed.post(path, page="/crm/sign-in").status_code for path in paths("POST")} == dict.fromkeys(
        paths("POST"), 303
    )


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


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}])
def test_another_sites_form_changes_nothing(make_app: Callable[..., Flask], headers: dict[str, str]) -> None:
    client = make_app().test_client()

    for path in paths("POST"):
        assert client.post(path, base_url="http://127.0.0.1:8000", headers=headers).status_code == 403, path


def test_a_form_without_this_sessions_token_changes_nothing(browser: Browser, world: World) -> None:
    response = browser.post(f"/connections/{world.installation_id}/disconnect", {"csrf": "0" * 64}, page="/crm")

    assert response.status_code == 403


def test_an_account_nobody_knows_is_not_found(browser: Browser) -> None:
    for path in paths("GET"):
        assert "/acc" not in path or browser.get(path).status_code == 404, path


def test_nothing_can_be_done_to_an_account_nobody_knows(browser: Browser) -> None:
    for path in paths("POST"):
        data = {"mode": "best"} if path.endswith("/mode") else {}

        assert "/acc" not in path or browser.post(path, data, page=NEW).status_code == 404, path


@pytest.mark.parametrize("page", ["/connections", NEW, "/connections/salesforce/new"])
def test_nothing_of_it_is_stored_by_the_browser(browser: Browser, page: str) -> None:
    headers = browser.get(page).headers

    assert "no-store" in headers["Cache-Control"]
    assert "'unsafe" not in headers["Content-Security-Policy"]
