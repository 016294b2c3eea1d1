"""The keys Marketing Cloud signs with, by what they are for: sealed, a new one beside the old until that is dropped."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import jwt
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors.salesforce.models import SalesforceMarketingKey
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput, Forbidden
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault

Purpose = Literal["journey", "mail"]
LEAST, MOST = 32, 1_024
"""Bytes of a key: HS256 asks for 32 (RFC 7518, 3.2)."""
HELD = 2
"""Keys of a purpose: the one in force, and the one before it while Marketing Cloud still signs with that."""
LONGEST = 16_384
"""Bytes of a token; nothing longer is looked at."""
_UNKNOWN = "that was signed by no Marketing Cloud we know"


class Expired(Forbidden):
    """It was signed by one we know, and its time is over."""

    def __init__(self, installation_id: str, claims: Mapping[str, Any]) -> None:
        super().__init__("what Marketing Cloud signed has expired")
        self.installation_id, self.claims = installation_id, claims


@dataclass(frozen=True, slots=True)
class Signed:
    """What somebody signed, and whose key it was."""

    installation_id: str
    claims: Mapping[str, Any]


def put(
    session: Session, vault: Vault, installation_id: str, purpose: Purpose, text: str, *, clock: Clock = utcnow
) -> None:
    """Take this key from now on, beside the one before; older ones go. The same again changes nothing.

    Raises `BadInput` for one that is too short or long, or that another org signs with: then nobody could tell who did.
    """
    text = text.strip()
    if not LEAST <= len(text.encode()) <= MOST or not text.isprintable():
        raise BadInput(f"a key has {LEAST} to {MOST} visible characters: paste it as Marketing Cloud holds it")
    for row in session.scalars(select(SalesforceMarketingKey)):
        if secrets.compare_digest(_open(vault, row), text.encode()):
            if (row.installation_id, row.purpose) == (installation_id, purpose):
                return
            raise BadInput("this key is in use already, for another org or purpose: make one of its own")
    made = SalesforceMarketingKey(id=new_id(), installation_id=installation_id, purpose=purpose, made_at=clock())
    made.sealed = vault.seal(_place(made), text.encode())
    session.add(made)
    session.flush()
    _keep_newest(session, installation_id, purpose, HELD)


def new_key() -> str:
    """One to paste into Marketing Cloud: 256 bits as 64 hex digits."""
    return secrets.token_hex(32)


def drop_old(session: Session, installation_id: str, purpose: Purpose) -> int:
    """Take the newest key alone from now on; how many went."""
    return _keep_newest(session, installation_id, purpose, 1)


def switch_off(session: Session, installation_id: str, purpose: Purpose) -> int:
    """Take none any more; how many went."""
    return _keep_newest(session, installation_id, purpose, 0)


def held(session: Session, installation_id: str) -> list[tuple[str, datetime]]:
    """Of each key its purpose and since when it is held, the newest first."""
    mine = select(SalesforceMarketingKey).where(SalesforceMarketingKey.installation_id == installation_id)
    return [(row.purpose, row.made_at) for row in session.scalars(_newest_first(mine))]


def is_on(session: Session, purpose: Purpose) -> bool:
    """Whether any org has a key for it."""
    some = select(SalesforceMarketingKey.id).where(SalesforceMarketingKey.purpose == purpose)
    return session.scalar(some.limit(1)) is not None


def verified(session: Session, vault: Vault, purpose: Purpose, token: str | bytes, *, now: datetime) -> Signed:
    """What was signed with a key held for this purpose: HS256 and nothing else; who signed it follows from the key.

    Raises `Forbidden`, the same for every reason, but `Expired` for what was signed rightly and is over.
    """
    if len(token) > LONGEST:
        raise Forbidden(_UNKNOWN)
    keys = select(SalesforceMarketingKey).where(SalesforceMarketingKey.purpose == purpose)
    for row in session.scalars(_newest_first(keys)):
        for key in _readings(_open(vault, row)):
            try:
                claims = jwt.decode(token, key, algorithms=["HS256"], options=_OPTIONS)
                if purpose == "mail":
                    _need_each_once(token)
            except (jwt.PyJWTError, ValueError, RecursionError):
                continue
            if _is_over(claims.get("exp"), now):
                raise Expired(row.installation_id, claims)
            return Signed(row.installation_id, claims)
    raise Forbidden(_UNKNOWN)


def _need_each_once(token: str | bytes) -> None:
    """Raise `ValueError` for a claim told twice.

    A mail puts its claims together as text (`mail.snippet`): a subscriber's key with a quote in it could tell another's
    id behind its own, and the later one counts (RFC 7519, section 4).
    """
    part = (token if isinstance(token, bytes) else token.encode()).split(b".")[1]
    json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)), object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("told twice")
    return found


# Claims are the caller's to judge; the end is judged by our own clock.
_OPTIONS: Any = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip


def _is_over(told: object, now: datetime) -> bool:
    """A missing end is none; what is no number has never held."""
    if told is None:
        return False
    return not isinstance(told, int | float) or isinstance(told, bool) or not told > now.timestamp()


def _readings(text: bytes) -> list[bytes]:
    """A key as Marketing Cloud may read it: the text's own bytes, or what the text says in base64.

    Its documentation leaves open which, for keys out of Key Management.
    """
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error:
        return [text]
    return [text, decoded] if len(decoded) >= LEAST else [text]


def _keep_newest(session: Session, installation_id: str, purpose: Purpose, most: int) -> int:
    mine = select(SalesforceMarketingKey.id).where(
        SalesforceMarketingKey.installation_id == installation_id, SalesforceMarketingKey.purpose == purpose
    )
    old = list(session.scalars(_newest_first(mine)))[most:]
    if old:
        session.execute(delete(SalesforceMarketingKey).where(SalesforceMarketingKey.id.in_(old)))
    return len(old)


def _newest_first(query: Any) -> Any:
    return query.order_by(SalesforceMarketingKey.made_at.desc(), SalesforceMarketingKey.id.desc())


def _open(vault: Vault, row: SalesforceMarketingKey) -> bytes:
    return vault.unseal(_place(row), row.sealed)


def _place(row: SalesforceMarketingKey) -> str:
    return f"salesforce|marketing|{row.installation_id}|{row.purpose}|{row.id}"
