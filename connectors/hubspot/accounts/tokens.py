"""Where a portal's access token comes from: pasted once and for all, or granted and renewed before it ends."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock

import structlog

from connectors.hubspot.accounts.oauth import OAuth
from connectors.hubspot.api.errors import Disconnected
from plugin.accounts import credentials
from plugin.accounts.credentials import Renewed, Secrets
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault

log = structlog.get_logger()

AHEAD = timedelta(minutes=3)
"""Renewed so long before it ends: a call under way must not outlive its token."""

# The names under which a credential's values are kept.
ACCESS, REFRESH, CLIENT_SECRET = "access_token", "refresh_token", "client_secret"


class PortalTokens:
    """The token of one installation, from its sealed credential; safe to use from several threads and processes.

    With `oauth` None the credential is a static token that nobody renews.
    """

    def __init__(
        self, database: Database, vault: Vault, installation_id: str, oauth: OAuth | None, *, clock: Clock = utcnow
    ) -> None:
        self._database, self._vault, self._installation_id = database, vault, installation_id
        self._oauth, self._clock = oauth, clock
        self._held: Secrets | None = None
        self._lock = Lock()

    def current(self) -> str:
        """The token in force, renewed when it ends soon; raises `Disconnected`, `NotFound` or `Busy`."""
        with self._lock:
            held = self._held or self._look()
            if self._ends_soon(held):
                # Another process may have renewed it long since.
                held = self._look()
            if self._ends_soon(held) and self._oauth is not None:
                held = self._renew(held)
            self._held = held
        return held.values[ACCESS]

    def renewed(self, refused: str) -> str:
        """Another token than the one HubSpot refused; raises `Disconnected` when there is none."""
        with self._lock:
            held = self._look()
            if held.values[ACCESS] == refused:
                if self._oauth is None:
                    raise Disconnected(
                        "HubSpot refuses the token: it was changed or withdrawn. Paste the app's present token",
                        status=401,
                    )
                held = self._renew(held)
            self._held = held
        return held.values[ACCESS]

    def _ends_soon(self, held: Secrets) -> bool:
        return held.expires_at is not None and self._clock() >= held.expires_at - AHEAD

    def _look(self) -> Secrets:
        with self._database.reading() as session:
            return credentials.look(session, self._vault, self._installation_id)

    def _renew(self, held: Secrets) -> Secrets:
        return credentials.renew(
            self._database, self._vault, self._installation_id, self._ask, stale=held.version, clock=self._clock
        )

    def _ask(self, held: Secrets) -> Renewed:
        assert self._oauth is not None
        grant = self._oauth.refresh(held.values[REFRESH])
        log.info("hubspot.token_renewed", installation_id=self._installation_id)
        return Renewed({ACCESS: grant.access_token, REFRESH: grant.refresh_token}, grant.expires_at)
