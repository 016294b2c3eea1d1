"""Where an org's session comes from: whichever way it was connected, renewed by one process at a time."""

from __future__ import annotations

from collections.abc import Mapping

import requests
import structlog

from connectors.salesforce.accounts.config import Auth
from connectors.salesforce.accounts.oauth import Grant, TokenEndpoint
from connectors.salesforce.api.errors import Disconnected
from connectors.salesforce.held import CLIENT_ID, CLIENT_SECRET, INSTANCE, PRIVATE_KEY, REFRESH, USERNAME
from connectors.tokens import ACCESS, SealedTokens
from plugin.accounts.credentials import Renewed, Secrets
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault

log = structlog.get_logger()


def ask_for(endpoint: TokenEndpoint, auth: Auth, held: Mapping[str, str]) -> Grant:
    """A session by the way this org was connected; raises `SalesforceError`."""
    if auth == "jwt":
        return endpoint.by_jwt(held[CLIENT_ID], held[USERNAME], held[PRIVATE_KEY])
    if auth == "client_credentials":
        return endpoint.by_client_credentials(held[CLIENT_ID], held[CLIENT_SECRET])
    return endpoint.by_refresh(held[CLIENT_ID], held.get(CLIENT_SECRET, ""), held[REFRESH])


def values_of(grant: Grant) -> dict[str, str]:
    """What of a grant is kept."""
    rotated = {REFRESH: grant.refresh_token} if grant.refresh_token else {}
    return {ACCESS: grant.access_token, INSTANCE: grant.instance_url, **rotated}


class OrgTokens(SealedTokens):
    """The session of one org."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        installation_id: str,
        *,
        auth: Auth,
        login: str,
        session: requests.Session,
        clock: Clock = utcnow,
    ) -> None:
        def ask(held: Secrets) -> Renewed:
            grant = ask_for(TokenEndpoint(login, session, clock=clock), auth, held.values)
            log.info("salesforce.session_renewed", installation_id=installation_id)
            # Salesforce tells no end of a session: it holds until it is refused.
            return Renewed(values_of(grant), None)

        refused = Disconnected("Salesforce refuses our session: connect the org again", status=401)
        super().__init__(database, vault, installation_id, ask, refused=refused, clock=clock)
