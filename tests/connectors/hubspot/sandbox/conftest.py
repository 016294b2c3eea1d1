"""A sandbox for each test, spoken to through HubSpot's own client; all that is said is held to HubSpot's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
from hubspot.crm.objects import ApiClient, Configuration
from hubspot.crm.objects.exceptions import ApiException

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.portal import Installation
from tests.connectors.hubspot.openapi import checked


@dataclass
class Reply:
    """What came back; `status` 0: nothing did."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def codes(self) -> list[str]:
        """The codes of `errors[]`."""
        return [error["code"] for error in self.body["errors"]]


class Client:
    """The unmodified client's transport with a token."""

    def __init__(self, origin: str, token: str | None) -> None:
        settings = Configuration(host=origin)
        settings.retries = urllib3.Retry(0, redirect=0)
        self._api = ApiClient(settings)
        self.token = token

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Sequence[tuple[str, str]] = (),
        form: dict[str, str] | None = None,
        timeout_s: float = 5.0,
    ) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self._api.call_api(
                path,
                method,
                {},
                list(query),
                headers,
                body=body,
                post_params=list(form.items()) if form else None,
                auth_settings=[],
                _preload_content=False,
                _request_timeout=(2, timeout_s),
            )
        except ApiException as refused:
            return _reply(refused.status, refused.body, refused.headers or {})
        except urllib3.exceptions.HTTPError:
            return Reply(0)
        try:
            return _reply(answer.status, answer.data, answer.headers)
        except urllib3.exceptions.HTTPError:
            return Reply(0)


def _reply(status: int, body: Any, headers: Any) -> Reply:
    try:
        parsed = json.loads(body) if body else None
    except ValueError:
        parsed = body
    return Reply(status, parsed, {name.lower(): value for name, value in headers.items()})


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made, checked(made):
        yield made
        assert made.crashes == []


@pytest.fixture
def app(sandbox: Sandbox) -> Installation:
    """A private app with all scopes there are, its limits out of the way."""
    sandbox.app.app_events = True
    made = sandbox.portal.create_private_app(sandbox.portal.grantable(app_events=True), app_events=True)
    made.limits.burst, made.limits.daily = 100_000, None
    return made


@pytest.fixture
def call(sandbox: Sandbox, app: Installation) -> Client:
    return Client(sandbox.origin, app.token)


@pytest.fixture
def call_as(sandbox: Sandbox) -> Callable[[str | None], Client]:
    """A client with another token, or none."""
    return lambda token: Client(sandbox.origin, token)
