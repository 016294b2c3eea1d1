"""Only what HubSpot signed, for our address, a moment ago, is HubSpot's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st

from connectors.hubspot.inbound.signature import MAX_AGE, SKEW, Call, is_signed
from tests.conftest import NOW

ORIGIN = "https://video.example.com"
SECRET = "the-apps-client-secret"
MS = int(NOW.timestamp() * 1000)
BODY = '{"objectId":"501","campaign":"frühling"}'.encode()


def v3(target: str = "/hubspot/card", body: bytes = BODY, *, stamp: str = str(MS), **given_: str) -> Call:
    """As HubSpot signs: over the address with a few escapes taken out. Written from its description alone."""
    uri = given_.get("origin", ORIGIN) + target
    for plain in ":/?@!$'()*,;":
        uri = uri.replace(f"%{ord(plain):02X}", plain)
    text = given_.get("method", "POST").encode() + uri.encode() + body + stamp.encode()
    signature = hmac.new(given_.get("secret", SECRET).encode(), text, hashlib.sha256).digest()
    headers = {"x-hubspot-signature-v3": base64.b64encode(signature).decode(), "x-hubspot-request-timestamp": stamp}
    return Call("POST", target, body, headers)


def v2(target: str = "/hubspot/workflow/link", body: bytes = BODY, secret: str = SECRET) -> Call:
    signature = hashlib.sha256(f"{secret}POST{ORIGIN}{target}".encode() + body).hexdigest()
    return Call("POST", target, body, {"x-hubspot-signature": signature, "x-hubspot-signature-version": "v2"})


def holds(call: Call, **given_: object) -> bool:
    return is_signed(call, ORIGIN, SECRET, NOW, **given_)  # type: ignore[arg-type]


def test_what_hubspot_signed_is_hubspots() -> None:
    assert holds(v3())


@pytest.mark.parametrize(
    "query",
    [
        "portalId=1&userId=2&userEmail=ana%40example.com&appId=3",
        "userEmail=ana%2Bvideo%40example.com",
        "name=a%20b%26c%3Dd%2520e%23f",
        "next=https%3A%2F%2Fa.example%2F%3Fx%21%24%27%28%29%2A%2C%3B",
        "name=%E2%82%AC",
        "a=1&a=2&&b=",
        "",
    ],
)
def test_an_escaped_query_is_read_as_hubspot_signs_it(query: str) -> None:
    assert holds(v3(f"/hubspot/card?{query}"))


@given(
    st.dictionaries(st.text(string.printable, min_size=1, max_size=8), st.text(max_size=12), max_size=4), st.binary()
)
@settings(max_examples=60)
def test_whatever_is_in_query_and_body_holds_as_sent_and_no_other_way(query: dict[str, str], body: bytes) -> None:
    pairs = [(quote(name, safe=""), quote(value, safe="")) for name, value in query.items()]
    call = v3("/hubspot/card?" + "&".join("=".join(pair) for pair in pairs), body)

    assert holds(call)
    assert not holds(replace(call, body=body + b" "))
    assert not holds(replace(call, target=call.target + "&portalId=2"))


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "GET"},
        {"target": "/hubspot/settings"},
        {"target": "/hubspot/card?portalId=2"},
        {"body": BODY.replace(b"501", b"502")},
        {"body": b""},
    ],
)
def test_nothing_of_a_signed_request_can_be_changed(changed: dict[str, object]) -> None:
    assert not holds(replace(v3(), **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "call",
    [
        v3(secret="another secret"),
        v3(origin="https://evil.example"),
        v3(origin="http://video.example.com"),
        v3(method="PUT"),
        replace(v3(), headers={}),
    ],
)
def test_signed_by_another_or_for_another_address_is_not_ours(call: Call) -> None:
    assert not holds(call)


@pytest.mark.parametrize("name", ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"])
def test_a_missing_header_is_a_missing_signature(name: str) -> None:
    call = v3()
    headers = {each: value for each, value in call.headers.items() if each != name}

    assert not holds(replace(call, headers=headers))


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(0), True),
        (MAX_AGE, True),
        (MAX_AGE + timedelta(milliseconds=1), False),
        (timedelta(days=365), False),
        (-SKEW, True),
        (-SKEW - timedelta(milliseconds=1), False),
        (-timedelta(days=365 * 40), False),
    ],
)
def test_it_holds_for_five_minutes_and_not_ahead_of_time(age: timedelta, fresh: bool) -> None:
    stamp = str(MS - age // timedelta(milliseconds=1))

    assert holds(v3(stamp=stamp)) is fresh


@pytest.mark.parametrize("stamp", ["", "soon", "-1", f"{MS}.5", f" {MS}", "٣" * 13, "9" * 400, f"{MS}\n"])
def test_a_time_that_is_no_time_is_refused(stamp: str) -> None:
    assert not holds(v3(stamp=stamp))


@pytest.mark.parametrize("signature", ["", "no base64!", "AAAA", "ü", "A" * 10_000])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    call = v3()

    assert not holds(replace(call, headers={**call.headers, "x-hubspot-signature-v3": signature}))


def test_version_2_counts_only_where_it_is_allowed() -> None:
    assert holds(v2(), allow_v2=True)
    assert not holds(v2())
    assert not holds(v2(secret="another secret"), allow_v2=True)
    assert not holds(replace(v2(), body=b"{}"), allow_v2=True)


def test_a_bad_version_3_is_not_saved_by_a_good_version_2() -> None:
    good, stale = v2(), v3("/hubspot/workflow/link", stamp=str(MS - 600_000))

    assert not holds(replace(good, headers={**good.headers, **stale.headers}), allow_v2=True)
    assert not holds(replace(good, headers={**good.headers, "x-hubspot-signature-v3": ""}), allow_v2=True)


@pytest.mark.parametrize("version", ["v1", "v3", "", "v2,v1"])
def test_version_1_never_counts_whatever_it_calls_itself(version: str) -> None:
    signature = hashlib.sha256(SECRET.encode() + BODY).hexdigest()
    headers = {"x-hubspot-signature": signature, "x-hubspot-signature-version": version}
    call = Call("POST", "/hubspot/workflow/link", BODY, headers)

    assert not holds(call, allow_v2=True)
    assert not holds(replace(v2(), headers={**v2().headers, "x-hubspot-signature-version": version}), allow_v2=True)


def test_an_empty_secret_opens_nothing() -> None:
    assert not is_signed(v3(secret=""), ORIGIN, "", NOW)
    assert not is_signed(v2(secret=""), ORIGIN, "", NOW, allow_v2=True)
