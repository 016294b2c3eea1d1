"""A sandbox for each test, spoken to through the unmodified simple-salesforce."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from connectors.salesforce.sandbox import Sandbox

ENGAGEMENTS = "composite/sobjects/Video_Engagement__c/Session_Key__c"


class ToSandbox(HTTPAdapter):
    """Sends what is meant for any https host to one http address, the host still told."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **given: Any) -> requests.Response:
        asked = urlsplit(request.url or "")
        request.headers["Host"] = asked.netloc
        request.url = f"{self._origin}{asked.path}{f'?{asked.query}' if asked.query else ''}"
        given["timeout"] = given.get("timeout") or 10
        return super().send(request, *args, **given)


def session_to(origin: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", ToSandbox(origin))
    return session


def client(sandbox: Sandbox, token: str | None = None) -> Salesforce:
    return Salesforce(
        session_id=token or sandbox.sign_in(),
        instance_url=sandbox.origin,
        version="67.0",
        session=session_to(sandbox.origin),
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def sf(sandbox: Sandbox) -> Salesforce:
    return client(sandbox)


def refused(act: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    with pytest.raises(SalesforceError) as caught:
        act()
    told: Any = caught.value.content[0]
    return caught.value.status, told["errorCode"], told["message"]


def engagement(key: str, **fields: Any) -> dict[str, Any]:
    """A row as a collection takes it."""
    return {"attributes": {"type": "Video_Engagement__c"}, "Session_Key__c": key, **fields}


def upsert(sf: Salesforce, *records: dict[str, Any], all_or_none: bool = False, **given: Any) -> list[Any]:
    """One collections call."""
    body = {"allOrNone": all_or_none, "records": list(records)}
    found: list[Any] = sf.restful(ENGAGEMENTS, method="PATCH", json=body, **given) or []
    return found


def first(sandbox: Sandbox, kind: str, place: int = 0) -> str:
    """The id of one of the records the sandbox begins with."""
    return list(sandbox.org.table(kind).rows)[place]


def codes(results: list[Any]) -> list[str]:
    """Of each item: what it was refused with, or ''."""
    return [item["errors"][0]["statusCode"] if item["errors"] else "" for item in results]
