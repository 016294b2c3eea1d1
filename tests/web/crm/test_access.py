"""Who gets in, as what, and which requests are really ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from plugin.accounts.members import set_password
from plugin.kernel.database import Database
from tests.web.crm.conftest import ORIGIN, OURS, PASSWORD, Browser, sign_in
from web.crm.access import COOKIE
from web.crm.throttle import PER_ACCOUNT, Throttle

PAGES = ["/crm", "/crm/contacts/new", "/crm/contacts/ana", "/crm/contacts/ana/timeline", "/crm/health"]
ACTS = [
    "/crm/contacts",
    "/crm/contacts/ana",
    "/crm/contacts/ana/undo",
    "/crm/contacts/ana/delete",
    "/crm/contacts/ana/restore",
    "/crm/health/retry",
    "/crm/sign-out",
]


@pytest.fixture
def routes(make_app: Callable[..., Flask]) -> set[tuple[str, str]]:
    rules = [rule for rule in make_app().url_map.iter_rules() if rule.endpoint.startswith("crm.")]
    return {(method, rule.rule) for rule in rules for method in (rule.methods or set()) & {"GET", "POST"}}


def test_the_matrix_below_knows_every_route(routes: set[tuple[str, str]]) -> None:
    named = {("GET", path.replace("/ana", "/<contact_id>")) for path in PAGES}
    named |= {("POST", path.replace("/ana", "/<contact_id>")) for path in ACTS}

    assert routes == named | {("GET", "/crm/sign-in"), ("POST", "/crm/sign-in")}


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_asked_to_sign_in(closed: Browser, ana: str, path: str) -> None:
    response = closed.get(path)

    assert response.status_code == 303
    assert response.location.startswith("/crm/sign-in")


@pytest.mark.parametrize("path", ACTS)
def test_a_stranger_can_do_nothing(closed: Browser, ana: str, path: str) -> None:
    assert closed.post(path, page="/crm/sign-in").status_code == 303


@pytest.mark.parametrize(
    ("role", "reads", "edits", "retries"),
    [("admin", 200, 303, 303), ("rep", 200, 303, 403), ("marketer", 403, 403, 403), ("approver", 403, 403, 403)],
)
def test_what_each_role_may(
    closed: Browser, ana: str, member: Callable[[str], str], role: str, reads: int, edits: int, retries: int
) -> None:
    sign_in(closed, member(role))

    assert {closed.get(path).status_code for path in PAGES} == {reads}
    assert closed.post("/crm/contacts/ana", {"p.tier": "Gold"}).status_code == edits
    assert closed.post("/crm/health/retry", {"all": "yes"}).status_code == retries


def test_signing_in_leads_on_and_sets_a_cookie_no_script_or_other_site_sees(
    closed: Browser, member: Callable[[str], str]
) -> None:
    response = sign_in(closed, member("rep"))

    cookie = response.headers["Set-Cookie"]
    assert response.location == "/crm"
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_a_wrong_password_says_no_more_than_that(closed: Browser, member: Callable[[str], str]) -> None:
    email = member("rep")

    known = sign_in(closed, email, "wrong horse battery")
    unknown = sign_in(closed, "nobody@example.org", "wrong horse battery")

    assert known.status_code == unknown.status_code == 401
    first, second = (answer.text.split("<form")[1] for answer in (known, unknown))
    assert first.replace(email, "") == second.replace("nobody@example.org", "")


def test_guessing_is_slowed_down_even_for_the_right_password(closed: Browser, member: Callable[[str], str]) -> None:
    email = member("rep")
    throttle: Throttle = closed.client.application.extensions.setdefault("segue-crm-throttle", Throttle())
    for _ in range(PER_ACCOUNT):
        throttle.failed(email, "198.51.100.7")

    response = sign_in(closed, email)

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


def test_the_throttle_forgets_after_its_window() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(PER_ACCOUNT):
        throttle.failed("ana@example.org", "198.51.100.7")

    assert throttle.is_closed("ana@example.org", "203.0.113.1")
    now[0] = 15 * 60 + 1
    assert not throttle.is_closed("ana@example.org", "203.0.113.1")


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/crmevil", "/\\evil.example", "/crm\\..", "/v/x", ""]
)
def test_sign_in_leads_nowhere_else(closed: Browser, member: Callable[[str], str], next_: str) -> None:
    email = member("rep")

    response = closed.client.post(
        "/crm/sign-in", base_url=ORIGIN, headers=OURS, data={"email": email, "password": PASSWORD, "next": next_}
    )

    assert response.location == "/crm"


def test_signing_out_ends_it(closed: Browser, member: Callable[[str], str]) -> None:
    sign_in(closed, member("rep"))

    closed.post("/crm/sign-out")

    assert closed.get("/crm").status_code == 303


def test_a_new_password_ends_every_session(closed: Browser, database: Database, member: Callable[[str], str]) -> None:
    email = member("rep")
    sign_in(closed, email)

    with database.transaction() as session:
        set_password(session, email, "another horse battery")

    assert closed.get("/crm").status_code == 303


def test_a_tampered_session_is_none(closed: Browser, member: Callable[[str], str]) -> None:
    sign_in(closed, member("admin"))
    cookie = closed.client.get_cookie(COOKIE, "127.0.0.1")
    assert cookie is not None

    closed.client.set_cookie(COOKIE, cookie.value[:-2] + "xx", domain="127.0.0.1")

    assert closed.get("/crm").status_code == 303


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("203.0.113.9", "127.0.0.1:8000", {}),
        ("127.0.0.1", "crm.example.com", {}),
        ("127.0.0.1", "127.0.0.1.evil.example", {}),
        ("127.0.0.1", "127.0.0.1:8000", {"X-Forwarded-For": "203.0.113.9"}),
    ],
)
def test_the_open_door_is_for_this_machine_only(
    browser: Browser, address: str, host: str, headers: dict[str, str]
) -> None:
    response = browser.client.get(
        "/crm", base_url=f"http://{host}", headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )

    assert response.status_code == 303


def test_a_public_server_has_no_open_door(make_app: Callable[..., Flask]) -> None:
    client = make_app(public_origin="https://video.example.com").test_client()

    assert client.get("/crm", base_url=ORIGIN).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_another_sites_form_changes_nothing(browser: Browser, ana: str, headers: dict[str, str]) -> None:
    page = browser.get("/crm/contacts/ana").text
    token = page.split('name="csrf" value="')[1].split('"')[0]

    response = browser.client.post(
        "/crm/contacts/ana", base_url=ORIGIN, headers=headers, data={"csrf": token, "p.tier": "Gold"}
    )

    assert response.status_code == 403
    assert "Silver" in browser.get("/crm/contacts/ana").text


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_this_sessions_token_changes_nothing(browser: Browser, ana: str, token: str) -> None:
    assert browser.post("/crm/contacts/ana", {"csrf": token, "p.tier": "Gold"}).status_code == 403


def test_an_older_browser_is_known_by_its_origin(browser: Browser, ana: str) -> None:
    page = browser.get("/crm/contacts/ana").text
    token = page.split('name="csrf" value="')[1].split('"')[0]

    response = browser.client.post(
        "/crm/contacts/ana", base_url=ORIGIN, headers={"Origin": ORIGIN}, data={"csrf": token, "p.tier": "Gold"}
    )

    assert response.status_code == 303


def test_one_members_token_is_not_anothers(make_app: Callable[..., Flask], ana: str, member) -> None:
    app = make_app(crm_open=False)
    first, second = Browser(app.test_client()), Browser(app.test_client())
    sign_in(first, member("admin"))
    sign_in(second, member("rep"))
    theirs = first.get("/crm/contacts/ana").text.split('name="csrf" value="')[1].split('"')[0]

    assert second.post("/crm/contacts/ana", {"csrf": theirs, "p.tier": "Gold"}).status_code == 403


@pytest.mark.parametrize(
    "name", ["Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Server", "CF-Connecting-IP", "True-Client-IP"]
)
def test_whatever_a_proxy_adds_closes_the_open_door(browser: Browser, name: str) -> None:
    assert browser.get("/crm").status_code == 200

    assert browser.get("/crm", **{name: "http"}).status_code == 303


def test_a_proxy_that_adds_nothing_speaks_a_version_no_browser_does(browser: Browser) -> None:
    old = {"SERVER_PROTOCOL": "HTTP/1.0"}

    assert browser.client.get("/crm", base_url=ORIGIN, environ_overrides=old).status_code == 303
