"""The keyring: signing keys sealed in the database, held in memory for a minute, made at need, retired by rotation."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import Busy
from plugin.kernel.seal import Vault
from plugin.links.models import Link, SigningKey
from plugin.links.token import Key, make_key

REFRESH_S = 60.0
UNKNOWN_S = 1.0
"""How often, at most, an unknown key id may send us to the database: invented ids can't hammer it."""

_Row = Row[str, str, bytes, datetime | None]
_COLUMNS = (SigningKey.kid, SigningKey.algorithm, SigningKey.sealed, SigningKey.verifies_until)


class Keyring:
    """Every key of this installation by its id, and the one that signs. One per process; safe between threads."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        algorithm: str = "HS256",
        *,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.vault = vault
        self.algorithm = algorithm
        self._database = database
        self._tick = tick
        self._keys: dict[str, Key] = {}
        self._loaded_at = self._missed_at = -REFRESH_S
        self._loading = threading.Lock()

    def find(self, kid: str) -> Key | None:
        """The key of this id, or None. Raises `Busy` when it must be looked up and the database is away."""
        key = self._keys.get(kid)
        if key is None:
            return self._look_again(kid)
        if self._tick() - self._loaded_at > REFRESH_S and self._loading.acquire(blocking=False):
            try:
                self._load()
            except Busy:
                return key  # known a minute ago; keys only ever come, and retire
            finally:
                self._loading.release()
        return self._keys.get(kid, key)

    def signer(self, session: Session) -> Key:
        """The key that signs in this transaction, made now if there is none.

        Its row stays share-locked until the transaction ends, so that `rotate` counts every link signed with it.
        """
        for _ in range(3):
            row = session.execute(_signer_row(self.algorithm).with_for_update(read=True)).one_or_none()
            if row is not None:
                return self._known(row)
            _add_key(session, self)
        raise Busy("no signing key could be made")

    def kept(self, session: Session, kid: str) -> Key | None:
        """The key of this id as this transaction sees it, or None: for signing again what was signed before."""
        if (key := self._keys.get(kid)) is not None:
            return key
        row = session.execute(select(*_COLUMNS).where(SigningKey.kid == kid)).one_or_none()
        return None if row is None else self._known(row)

    def _look_again(self, kid: str) -> Key | None:
        with self._loading:
            if (key := self._keys.get(kid)) is None and self._tick() - self._missed_at >= UNKNOWN_S:
                self._missed_at = self._tick()
                self._load()
                key = self._keys.get(kid)
        return key

    def _load(self) -> None:
        with self._database.reading() as session:
            rows = session.execute(select(*_COLUMNS)).all()
        # Added to, never replaced: the first key may still be in a transaction this session can't see.
        self._keys = {**self._keys, **{row.kid: self._open(row) for row in rows}}
        self._loaded_at = self._tick()

    def _known(self, row: _Row) -> Key:
        if (key := self._keys.get(row.kid)) is None:
            key = self._open(row)
            self._keys = {**self._keys, row.kid: key}
        return key

    def _open(self, row: _Row) -> Key:
        secret = self.vault.unseal(_place(row.kid, row.algorithm), row.sealed)
        return make_key(row.kid, row.algorithm, secret, row.verifies_until)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Which key signs from now on, and how long the one before still verifies."""

    kid: str
    retired_kid: str | None
    verifies_until: datetime | None


def rotate(session: Session, keyring: Keyring, *, clock: Clock = utcnow) -> Rotation:
    """Let a new key sign; the one before verifies until the last link it signed has expired, and no longer."""
    now = clock()
    old = session.execute(_signer_row(keyring.algorithm).with_for_update()).one_or_none()
    ends = None
    if old is not None:
        last = session.scalar(select(func.max(Link.expires_at)).where(Link.kid == old.kid))
        ends = max(now, last or now)
        session.execute(update(SigningKey).where(SigningKey.kid == old.kid).values(retired_at=now, verifies_until=ends))
    _add_key(session, keyring, now)
    return Rotation(keyring.signer(session).kid, old.kid if old else None, ends)


def _add_key(session: Session, keyring: Keyring, now: datetime | None = None) -> None:
    """Insert a signer unless there is one: of two processes that try at once, the later finds the earlier's."""
    kid = secrets.token_hex(3)
    session.execute(
        insert_ignoring(session.get_bind().dialect.name, SigningKey.__table__).values(  # type: ignore[arg-type]
            kid=kid,
            algorithm=keyring.algorithm,
            sealed=keyring.vault.seal(_place(kid, keyring.algorithm), os.urandom(32)),
            created_at=now or utcnow(),
        )
    )


def _signer_row(algorithm: str) -> Select[str, str, bytes, datetime | None]:
    return select(*_COLUMNS).where(SigningKey.algorithm == algorithm, SigningKey.retired_at.is_(None))


def _place(kid: str, algorithm: str) -> str:
    return f"signing_key|{kid}|{algorithm}"
