"""Whether HubSpot sent a request: signature v3, and v2 where HubSpot has no other. Pure.

HubSpot, 'Validating requests'. v3 covers method, URI, body and time; v2 has no time, so what it may carry must be
harmless when it comes again. v1 covers the body alone and is never taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_AGE = timedelta(minutes=5)
SKEW = timedelta(minutes=1)
"""HubSpot's clock may be so far ahead of ours."""

V3, STAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
V2, VERSION = "x-hubspot-signature", "x-hubspot-signature-version"

# What HubSpot signs in plain though it is sent escaped: nothing in it parts one parameter from the next.
_PLAIN = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_STAMP = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came: `target` is path and query exactly as sent, header names are in lower case."""

    method: str
    target: str
    body: bytes
    headers: Mapping[str, str]


def is_signed(call: Call, origin: str, secret: str, now: datetime, *, allow_v2: bool = False) -> bool:
    """Whether the holder of `secret` sent this to us, now.

    `origin` is our public scheme and host as HubSpot knows it, never the request's own. With `allow_v2` a request that
    has no v3 signature may have one of version 2; one that has both must hold by v3.
    """
    if not secret:
        return False
    if V3 in call.headers:
        return _holds_v3(call, origin, secret, now)
    return allow_v2 and _holds_v2(call, origin, secret)


def sign_v3(call: Call, origin: str, secret: str, stamp: str) -> str:
    """The v3 signature a call must carry; `stamp` is its time in milliseconds since 1970, as sent."""
    uri = _PLAIN.sub(lambda escape: chr(int(escape[1], 16)), origin.rstrip("/") + call.target)
    signed = f"{call.method}{uri}".encode("utf-8", "surrogateescape") + call.body + stamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def _holds_v3(call: Call, origin: str, secret: str, now: datetime) -> bool:
    stamp = call.headers.get(STAMP, "")
    fresh = _STAMP.fullmatch(stamp) is not None and _is_fresh(int(stamp), now)
    # Compared as bytes and in any case, so that neither time nor kind of a refusal tells more than that it is one.
    same = hmac.compare_digest(_decoded(call.headers[V3]), _decoded(sign_v3(call, origin, secret, stamp)))
    return fresh and same


def _holds_v2(call: Call, origin: str, secret: str) -> bool:
    uri = origin.rstrip("/") + call.target
    signed = f"{secret}{call.method}{uri}".encode("utf-8", "surrogateescape") + call.body
    ours = hashlib.sha256(signed).hexdigest()
    same = hmac.compare_digest(call.headers.get(V2, "").encode("utf-8", "replace"), ours.encode())
    return same and call.headers.get(VERSION, "v2").lower() == "v2"


def _is_fresh(stamp_ms: int, now: datetime) -> bool:
    now_ms = int(now.timestamp() * 1000)
    return now_ms - MAX_AGE // timedelta(milliseconds=1) <= stamp_ms <= now_ms + SKEW // timedelta(milliseconds=1)


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
