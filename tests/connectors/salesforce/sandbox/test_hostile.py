"""Anything may come in: it is refused in Salesforce's form, and nothing in the sandbox breaks."""

from __future__ import annotations

import json
import socket
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from hypothesis import given, settings, strategies as st
from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from connectors.sandbox.wire import Request
from tests.connectors.salesforce.sandbox.conftest import client, engagement, upsert

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("Session_Key__c", "Contact__c", "Contact__r", "Score__c", "CTA_Clicked__c", "First_Opened_At__c", "attributes")
FIELDS = st.sampled_from(NAMES)
RECORDS = st.lists(st.dictionaries(FIELDS, JSON, max_size=4) | JSON, max_size=3)
BODIES = JSON | RECORDS.map(lambda records: {"records": records})
PARTS = st.lists(
    st.dictionaries(st.sampled_from(["method", "url", "referenceId", "body"]), JSON, max_size=4), max_size=3
)
PATHS = st.sampled_from(
    [
        "sobjects/Contact",
        "sobjects/Contact/003Hs0000000001IAA",
        "sobjects/Video_Engagement__c/Session_Key__c/k",
        "composite",
        "composite/batch",
        "composite/sobjects",
        "composite/sobjects/Contact",
        "composite/sobjects/Video_Engagement__c/Session_Key__c",
        "jobs/ingest",
        "jobs/query",
        "analytics/reports/00OHs0000000001MAA",
    ]
)


@pytest.fixture(scope="module")
def org() -> Sandbox:
    return Sandbox()


def ask(sandbox: Sandbox, method: str, path: str, body: Any) -> Any:
    token = sandbox.sign_in()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    raw = b"" if body is ... else json.dumps(body).encode()
    return sandbox.answer(Request(method, f"/services/data/v67.0/{path}", headers, raw))


@settings(max_examples=120)
@given(method=st.sampled_from(["POST", "PATCH", "DELETE", "GET"]), path=PATHS, body=BODIES)
def test_any_json_on_any_path_is_answered(org: Sandbox, method: str, path: str, body: Any) -> None:
    org.org.limits.forget()

    answer = ask(org, method, path, body)

    assert org.api.crashes == []
    assert 200 <= answer.status < 500


@settings(max_examples=60)
@given(PARTS)
def test_any_composite_is_answered(org: Sandbox, parts: list[Any]) -> None:
    org.org.limits.forget()

    ask(org, "POST", "composite", {"compositeRequest": parts})

    assert org.api.crashes == []


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_any_path_and_query_is_answered(org: Sandbox, text: str) -> None:
    org.org.limits.forget()
    for path in (f"sobjects/{quote(text, safe='/')}", f"query/?q={quote(text)}", f"query/{quote(text, safe='')}"):
        ask(org, "GET", path, ...)
    org.answer(Request("GET", f"/{quote(text, safe='/')}", {}, b""))
    org.answer(Request("POST", "/services/oauth2/token", {}, quote(text, safe="=&").encode()))
    org.answer(Request("POST", "/setup", {}, quote(text, safe="=&").encode()))

    assert org.api.crashes == []


def test_what_isnt_http_is_told_so_and_others_are_served(sandbox: Sandbox, sf: Salesforce) -> None:
    host, port = sandbox.origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 400")

    assert sf.limits()


def test_many_at_once_lose_and_double_nothing(sandbox: Sandbox) -> None:
    sandbox.faults.add("timeout_after_commit", probability=0.1, path="*/composite/*")

    def work(part: int) -> None:
        sf = client(sandbox)
        for number in range(10):
            rows = [engagement(f"{key}", Revision__c=part) for key in range(number * 20, number * 20 + 20)]
            for _ in range(20):
                try:
                    upsert(sf, *rows)
                except Exception:
                    continue
                break

    threads = [Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    keys = [row["Session_Key__c"] for row in sandbox.org.live("Video_Engagement__c")]
    assert sorted(keys, key=int) == [str(key) for key in range(200)]


def test_a_stopped_sandbox_is_gone(sandbox: Sandbox) -> None:
    pool = urllib3.PoolManager(retries=False)
    pool.request("GET", sandbox.origin)

    sandbox.stop()

    with pytest.raises(urllib3.exceptions.HTTPError):
        pool.request("GET", sandbox.origin, timeout=2)
