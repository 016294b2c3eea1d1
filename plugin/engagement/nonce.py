"""The page's licence to tell what was watched: a stateless, expiring token over one open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from plugin.kernel.errors import Forbidden, Gone
from plugin.kernel.seal import Vault

LIFE = timedelta(hours=12)
_LONGEST = 200


class NonceForged(Forbidden):
    """Not one of ours, or not for this."""


class NonceExpired(Gone):
    """Ours, but the page was opened too long ago."""


@dataclass(frozen=True, slots=True)
class Licence:
    """What a verified nonce says."""

    open_id: str
    issued_at: datetime
    """When the page was opened, to the second."""


def issue(vault: Vault, open_id: str, *, now: datetime) -> str:
    """`<open_id>.<expiry>.<mac>`: good for one open, for 12 hours; HMAC-SHA256 cut to 128 bits (RFC 2104 §5)."""
    claim = f"{open_id}.{int((now + LIFE).timestamp())}"
    return f"{claim}.{_mac(_key(vault), claim)}"


def verify(vault: Vault, text: str, *, now: datetime) -> Licence:
    """What the nonce allows; raises `NonceForged` or `NonceExpired`. Compares in constant time."""
    if len(text) > _LONGEST or not text.isascii():
        raise NonceForged("the page's nonce is not ours")
    claim, _, mac = text.rpartition(".")
    if not hmac.compare_digest(mac, _mac(_key(vault), claim)):
        raise NonceForged("the page's nonce is not ours")
    open_id, _, expiry = claim.rpartition(".")
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    if expires_at <= now:
        raise NonceExpired("the page was opened too long ago")
    return Licence(open_id, expires_at - LIFE)


def _mac(key: bytes, claim: str) -> str:
    digest = hmac.digest(key, claim.encode(), hashlib.sha256)[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@lru_cache(maxsize=8)
def _key(vault: Vault) -> bytes:
    # Its own purpose: no link, cookie or other token can ever verify as a nonce, nor the other way round.
    return vault.derive("beacon-nonce")
