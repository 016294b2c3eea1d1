"""How HubSpot signs what it sends to an app: v3, v2 and the old v1. Written from its description alone. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection

# These alone are decoded in the URI that is signed.
_DECODED = {f"{ord(letter):02X}": letter for letter in ":/?@!$'()*,;"}
_CODE = re.compile("%(" + "|".join(_DECODED) + ")", re.IGNORECASE)


def v3(secret: str, method: str, uri: str, body: bytes, timestamp_ms: int) -> str:
    """base64 of HMAC-SHA256 over method, decoded URI, body and timestamp."""
    told = _CODE.sub(lambda found: _DECODED[found[1].upper()], uri)
    source = method.upper().encode() + told.encode() + body + str(timestamp_ms).encode()
    return base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()


def v2(secret: str, method: str, uri: str, body: bytes) -> str:
    """SHA-256 of secret, method, URI and body, in hexadecimal."""
    return hashlib.sha256(secret.encode() + method.upper().encode() + uri.encode() + body).hexdigest()


def v1(secret: str, body: bytes) -> str:
    """SHA-256 of secret and body: it binds neither address nor time."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def headers(
    secret: str, method: str, uri: str, body: bytes, timestamp_ms: int, versions: Collection[str]
) -> dict[str, str]:
    """The headers of a signed request: `versions` of v3, and one of v2 and v1, which share a header."""
    signed = {"X-HubSpot-Request-Timestamp": str(timestamp_ms)}
    if "v3" in versions:
        signed["X-HubSpot-Signature-v3"] = v3(secret, method, uri, body, timestamp_ms)
    if "v2" in versions:
        signed |= {"X-HubSpot-Signature": v2(secret, method, uri, body), "X-HubSpot-Signature-Version": "v2"}
    elif "v1" in versions:
        signed |= {"X-HubSpot-Signature": v1(secret, body), "X-HubSpot-Signature-Version": "v1"}
    return signed
