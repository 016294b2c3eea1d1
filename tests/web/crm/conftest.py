"""The application over a test's own database, with a client that behaves like a browser on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.accounts import members
from plugin.accounts.members import add_member
from plugin.kernel.database import Database
from plugin.kernel.settings import Settings
from tests.make import make_contact, make_installation
from web.app import create_app

ORIGIN = "http://127.0.0.1:8000"
OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery"


class Browser:
    """A client that sends what a browser sends, and puts the page's token into its forms."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN, headers=headers)

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str = "/crm/contacts/new", **headers: str):
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get(page).text)
        given = {"csrf": token[1] if token else "", **(data or {})}
        return self.client.post(path, base_url=ORIGIN, data=given, headers={**OURS, **headers})


@pytest.fixture
def make_app(database: Database, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        url = database.engine.url.render_as_string(hide_password=False)
        given = {"public_origin": ORIGIN, "crm_open": True, **settings}
        app = create_app(Settings(data_dir=tmp_path, database_url=url, log_level="error", **given))
        app.testing = True
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["segue"].database.dispose()


@pytest.fixture
def browser(make_app: Callable[..., Flask]) -> Browser:
    """At the open door."""
    return Browser(make_app().test_client())


@pytest.fixture
def closed(make_app: Callable[..., Flask]) -> Browser:
    """Where one has to sign in; nobody has yet."""
    return Browser(make_app(crm_open=False).test_client())


@pytest.fixture
def installation_id(database: Database) -> str:
    with database.transaction() as session:
        return make_installation(session).id


@pytest.fixture
def ana(database: Database, installation_id: str) -> str:
    with database.transaction() as session:
        return make_contact(
            session, installation_id, "ana", first_name="Ana", tier="Silver", points=120, member_since="2019-04-02"
        ).id


@pytest.fixture
def member(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    # A password's cost is the accounts room's promise; here it would only be waited for.
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def make(role: str) -> str:
        with database.transaction() as session:
            return add_member(session, f"{role}@example.org", PASSWORD, role).email

    return make


def sign_in(browser: Browser, email: str, password: str = PASSWORD) -> TestResponse:
    return browser.client.post(
        "/crm/sign-in", base_url=ORIGIN, data={"email": email, "password": password}, headers=OURS
    )
