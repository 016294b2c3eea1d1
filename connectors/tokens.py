"""An access token from a sealed credential: looked up, renewed before it ends or once refused, safe between threads."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock

from plugin.accounts import credentials
from plugin.accounts.credentials import Renew, Secrets
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import SegueError
from plugin.kernel.seal import Vault

AHEAD = timedelta(minutes=3)
"""Renewed so long before it ends: a call under way must not outlive its token."""

ACCESS = "access_token"
"""The name under which every credential keeps it."""


class SealedTokens:
    """The access token of one installation.

    `ask` gets another one from the CRM; None: nobody can, and `refused` is raised instead.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        installation_id: str,
        ask: Renew | None,
        *,
        refused: SegueError,
        clock: Clock = utcnow,
    ) -> None:
        self._database, self._vault, self._installation_id = database, vault, installation_id
        self._ask, self._refused, self._clock = ask, refused, clock
        self._held: Secrets | None = None
        self._lock = Lock()

    def current(self) -> str:
        """The token in force, renewed when it ends soon; raises what renewing raises, `NotFound` or `Busy`."""
        return self.secrets().values[ACCESS]

    def secrets(self) -> Secrets:
        """The whole credential with a token in force."""
        with self._lock:
            held = self._held or self._look()
            if self._ends_soon(held):
                # Another process may have renewed it long since.
                held = self._look()
            if self._ends_soon(held) and self._ask is not None:
                held = self._renew(held)
            self._held = held
        return held

    def renewed(self, refused: str) -> str:
        """Another token than the one the CRM refused; raises when there is none."""
        with self._lock:
            held = self._look()
            if held.values[ACCESS] == refused:
                held = self._renew(held)
            self._held = held
        return held.values[ACCESS]

    def _ends_soon(self, held: Secrets) -> bool:
        return held.expires_at is not None and self._clock() >= held.expires_at - AHEAD

    def _look(self) -> Secrets:
        with self._database.reading() as session:
            return credentials.look(session, self._vault, self._installation_id)

    def _renew(self, held: Secrets) -> Secrets:
        if self._ask is None:
            raise self._refused
        return credentials.renew(
            self._database, self._vault, self._installation_id, self._ask, stale=held.version, clock=self._clock
        )
