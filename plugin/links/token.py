"""The signed text of a link: a JWT (RFC 7519) that names an opaque link id and its end, and nothing else. Pure."""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.warnings import InsecureKeyLengthWarning

from plugin.kernel.errors import BadInput
from plugin.links.errors import LinkExpired, LinkInvalid

# A key shorter than its hash is a mistake, never a matter of taste (RFC 7518 §3.2).
warnings.filterwarnings("error", category=InsecureKeyLengthWarning)

ISSUER = "s"
AUDIENCE = "v"
MAX_LENGTH = 256
"""Longer text is refused unread; ours has ≤170 characters (HS256) or ≤213 (EdDSA)."""

_SHAPE = re.compile(r"([A-Za-z0-9_-]{40})\.[A-Za-z0-9_-]{40,128}\.[A-Za-z0-9_-]{43,86}", re.ASCII)
_HEADER = re.compile(rb'\{"alg":"[A-Za-z0-9]{5}","kid":"([0-9a-f]{6})"\}')
_CLAIMS = re.compile(
    rb'\{"iss":"%b","aud":"%b","sub":"([A-Za-z0-9_-]{1,40})","exp":(0|[1-9][0-9]{0,11})\}'
    % (ISSUER.encode(), AUDIENCE.encode())
)
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_LATEST = 253402300799
"""9999-12-31, the last second a datetime can hold."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key id with the one algorithm and the one key it stands for (RFC 8725 §3.1)."""

    kid: str
    """Six hex digits: every header has the same length."""
    algorithm: str
    """HS256 | EdDSA."""
    signs: Any = field(repr=False, compare=False)
    verifies: Any = field(repr=False, compare=False)
    verifies_until: datetime | None = None
    """Once retired: when the last link it signed ends. No token may outlive that."""
    header: bytes = b""

    def sign(self, text: bytes) -> bytes:
        """The signature over `text`, by PyJWT's own algorithm."""
        signature: bytes = jwt.get_algorithm_by_name(self.algorithm).sign(text, self.signs)
        return signature

    def vouches(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature over `text` is this key's, by PyJWT's own algorithm, in constant time."""
        return bool(jwt.get_algorithm_by_name(self.algorithm).verify(text, self.verifies, signature))


class Keys(Protocol):
    """Where a key is found by its id."""

    def find(self, kid: str) -> Key | None:
        """The key, or None when there is none of that id."""
        ...


def make_key(kid: str, algorithm: str, secret: bytes, verifies_until: datetime | None = None) -> Key:
    """The key of a 32-byte secret: an HMAC key (HS256) or an Ed25519 seed (EdDSA, RFC 8032)."""
    if len(secret) != 32:
        raise BadInput("a signing key must be 32 bytes")
    header = _encode(f'{{"alg":"{algorithm}","kid":"{kid}"}}'.encode())
    if algorithm == "HS256":
        return Key(kid, algorithm, secret, secret, verifies_until, header)
    if algorithm == "EdDSA":
        private = Ed25519PrivateKey.from_private_bytes(secret)
        return Key(kid, algorithm, private, private.public_key(), verifies_until, header)
    raise BadInput(f"no such signing algorithm: {algorithm}")


def sign(link_id: str, expires_at: datetime, key: Key) -> str:
    """The token of a link until `expires_at` (whole seconds): the same link, the same text."""
    if not _ID.fullmatch(link_id):
        raise BadInput("a link id holds only A-Z, a-z, 0-9, - and _")
    body = _body(link_id, int(expires_at.timestamp()), key)
    return (body + b"." + _encode(key.sign(body))).decode()


def verify(token: str, keys: Keys, now: datetime) -> str:
    """The link id that `token` vouches for.

    Raises `LinkExpired` for an authentic token whose time is over, `LinkInvalid` for anything else. A token must be,
    letter for letter, what `sign` writes: there is no second spelling of a link, so whatever else a header or a
    payload might hold (`jku`, `jwk`, `x5u`, `crit`, doubled names) is refused rather than ignored.
    """
    key = _key_of(token, keys)
    body, _, signature = token.encode().rpartition(b".")
    given = _decode(signature)
    if not key.vouches(body, given) or _encode(given) != signature:
        raise LinkInvalid
    if not (claims := _CLAIMS.fullmatch(_decode(body.partition(b".")[2]))):
        raise LinkInvalid
    link_id, ends = claims[1].decode(), int(claims[2])
    if ends > _LATEST or body != _body(link_id, ends, key):
        raise LinkInvalid
    if key.verifies_until is not None and ends > key.verifies_until.timestamp():
        raise LinkInvalid
    if datetime.fromtimestamp(ends, UTC) <= now:
        raise LinkExpired(link_id)
    return link_id


def _key_of(token: str, keys: Keys) -> Key:
    if not isinstance(token, str) or len(token) > MAX_LENGTH or not (shape := _SHAPE.fullmatch(token)):
        raise LinkInvalid
    header = shape[1].encode()
    if not (named := _HEADER.fullmatch(_decode(header))):
        raise LinkInvalid
    key = keys.find(named[1].decode())
    if key is None or key.header != header:
        raise LinkInvalid
    return key


def _body(link_id: str, ends: int, key: Key) -> bytes:
    claims = f'{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"{link_id}","exp":{ends}}}'
    return key.header + b"." + _encode(claims.encode())


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise LinkInvalid from None
