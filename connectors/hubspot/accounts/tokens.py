"""Where a portal's access token comes from: pasted once and for all, or granted and renewed before it ends."""

from __future__ import annotations

import structlog

from connectors.hubspot.accounts.oauth import OAuth
from connectors.hubspot.api.errors import Disconnected
from connectors.tokens import ACCESS, SealedTokens
from plugin.accounts.credentials import Renewed, Secrets
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault

__all__ = ["ACCESS", "CLIENT_SECRET", "REFRESH", "PortalTokens"]

log = structlog.get_logger()

# The names under which a credential's values are kept.
REFRESH, CLIENT_SECRET = "refresh_token", "client_secret"


class PortalTokens(SealedTokens):
    """The token of one portal; with `oauth` None the credential is a static token that nobody renews."""

    def __init__(
        self, database: Database, vault: Vault, installation_id: str, oauth: OAuth | None, *, clock: Clock = utcnow
    ) -> None:
        def ask(held: Secrets) -> Renewed:
            assert oauth is not None
            grant = oauth.refresh(held.values[REFRESH])
            log.info("hubspot.token_renewed", installation_id=installation_id)
            return Renewed({ACCESS: grant.access_token, REFRESH: grant.refresh_token}, grant.expires_at)

        words = "HubSpot refuses the token: it was changed or withdrawn. Paste the app's present token"
        refused = Disconnected(words, status=401)
        super().__init__(database, vault, installation_id, ask if oauth else None, refused=refused, clock=clock)
