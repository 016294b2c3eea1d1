"""What opens a CRM account: sealed at rest, renewed by one process at a time, replaced in one step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import orjson
from sqlalchemy import CursorResult, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from plugin.accounts.models import Credential
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy, NotFound
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault

LEASE = timedelta(seconds=60)
"""Longer than a token request may take; a refresher killed in between keeps others waiting no longer."""
PATIENCE_S = 20.0
STORING_S = 40.0
"""How long storing what a CRM gave is tried: lost, it could be had no second time, and the account were gone."""
_POLL_S = 0.05
_MISSING = "this CRM account has no credential: connect it again"


@dataclass(frozen=True, slots=True)
class Secrets:
    """A credential as it stands, opened; `version` counts its renewals."""

    values: Mapping[str, str]
    version: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a CRM gave in exchange: values to keep instead (others stay), and when they end."""

    values: Mapping[str, str]
    expires_at: datetime | None


Renew = Callable[[Secrets], Renewed]
"""Asks the CRM; raises `SegueError` when it refuses."""


def keep(
    session: Session,
    vault: Vault,
    installation_id: str,
    values: Mapping[str, str],
    *,
    expires_at: datetime | None = None,
    clock: Clock = utcnow,
) -> None:
    """Seal `values` as this installation's credential, in the place of whatever it was."""
    found = session.get(Credential, installation_id, with_for_update=True)
    sealed = _seal(vault, installation_id, values)
    if found is None:
        session.add(Credential(installation_id=installation_id, sealed=sealed, expires_at=expires_at))
        session.flush()
        return
    found.sealed, found.expires_at, found.updated_at = sealed, expires_at, clock()
    found.version += 1
    # Whoever renews the old one at this moment must not overwrite the new.
    found.lease = found.leased_until = None


def change(
    session: Session,
    vault: Vault,
    installation_id: str,
    changed: Callable[[Mapping[str, str]], Mapping[str, str]],
    *,
    clock: Clock = utcnow,
) -> None:
    """Put other values beside the tokens; one who renews these meanwhile goes on, and both hold. Raises `NotFound`."""
    found = session.get(Credential, installation_id, with_for_update=True)
    if found is None:
        raise NotFound(_MISSING)
    found.sealed = _seal(vault, installation_id, changed(_unseal(vault, installation_id, found.sealed)))
    found.updated_at = clock()


def look(session: Session, vault: Vault, installation_id: str) -> Secrets:
    """The credential, opened; raises `NotFound`, and `SealBroken` under another master secret."""
    row = session.execute(
        select(Credential.sealed, Credential.version, Credential.expires_at).where(
            Credential.installation_id == installation_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(_MISSING)
    return Secrets(_unseal(vault, installation_id, row.sealed), row.version, row.expires_at)


def is_connected(session: Session, installation_id: str) -> bool:
    """Whether we hold what opens this account."""
    found = select(Credential.installation_id).where(Credential.installation_id == installation_id)
    return session.scalar(found) is not None


def forget(session: Session, installation_id: str) -> None:
    """Delete the credential; forgetting what isn't there changes nothing."""
    session.execute(delete(Credential).where(Credential.installation_id == installation_id))


def renew(
    database: Database,
    vault: Vault,
    installation_id: str,
    ask: Renew,
    *,
    stale: int,
    clock: Clock = utcnow,
    patience_s: float = PATIENCE_S,
) -> Secrets:
    """A credential newer than version `stale`: renewed by us, or by whoever else is at it.

    At most one process asks the CRM at a time, so a refresh token that may be used once is used once (RFC 9700,
    section 4.14.2). What `ask` answers is stored in one transaction. Raises what `ask` raises, `NotFound`, and `Busy`
    when another process takes longer than `patience_s`.
    """
    until = time.monotonic() + patience_s
    while True:
        with database.reading() as session:
            now_held = look(session, vault, installation_id)
        if now_held.version > stale:
            return now_held
        late = time.monotonic() >= until
        try:
            lease = _take(database, installation_id, stale, clock())
        except Busy:
            if late:
                raise
            lease = None
        if lease is not None:
            return _exchange(database, vault, installation_id, ask, now_held, lease, clock)
        if late:
            raise Busy("another process is renewing this CRM account's token and does not come back")
        time.sleep(_POLL_S)


def _exchange(
    database: Database,
    vault: Vault,
    installation_id: str,
    ask: Renew,
    held: Secrets,
    lease: str,
    clock: Clock,
) -> Secrets:
    try:
        fresh = ask(held)
    except BaseException:
        with database.transaction() as session:
            session.execute(_held_by(lease, installation_id).values(lease=None, leased_until=None))
        raise
    until = time.monotonic() + STORING_S
    while True:
        try:
            return _store(database, vault, installation_id, fresh, lease, held.version, clock)
        except Busy:
            if time.monotonic() >= until:
                raise
            time.sleep(_POLL_S)


def _store(
    database: Database,
    vault: Vault,
    installation_id: str,
    fresh: Renewed,
    lease: str,
    stale: int,
    clock: Clock,
) -> Secrets:
    with database.transaction() as session:
        row = session.get(Credential, installation_id, with_for_update=True)
        if row is None or row.lease != lease:
            # Connected anew, or disconnected, while we asked: what stands there counts.
            return look(session, vault, installation_id)
        # Beside the tokens something may have changed while we asked.
        values = {**_unseal(vault, installation_id, row.sealed), **fresh.values}
        row.sealed, row.version, row.expires_at = _seal(vault, installation_id, values), stale + 1, fresh.expires_at
        row.lease = row.leased_until = None
        row.updated_at = clock()
    return Secrets(values, stale + 1, fresh.expires_at)


def _take(database: Database, installation_id: str, stale: int, now: datetime) -> str | None:
    lease = new_id()
    free = or_(Credential.leased_until.is_(None), Credential.leased_until <= now)
    with database.transaction() as session:
        taken = session.execute(
            update(Credential)
            .where(Credential.installation_id == installation_id, Credential.version == stale, free)
            .values(lease=lease, leased_until=now + LEASE)
        )
    return lease if cast("CursorResult[object]", taken).rowcount else None


def _held_by(lease: str, installation_id: str) -> Update:
    return update(Credential).where(Credential.installation_id == installation_id, Credential.lease == lease)


def _seal(vault: Vault, installation_id: str, values: Mapping[str, str]) -> bytes:
    return vault.seal(_place(installation_id), orjson.dumps(dict(values)))


def _unseal(vault: Vault, installation_id: str, sealed: bytes) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(vault.unseal(_place(installation_id), sealed))
    return found


def _place(installation_id: str) -> str:
    return f"credential|{installation_id}|secrets"
