"""A portal comes, or comes again: its installation, its sealed credential, and a first look at what it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import structlog
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from connectors.hubspot.accounts.abilities import calls_of
from connectors.hubspot.accounts.config import Auth, PortalConfig, change_config
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.accounts.oauth import Grant
from connectors.hubspot.accounts.probe import Details, Probed, as_known, details_of, probe
from connectors.hubspot.accounts.tokens import ACCESS, CLIENT_SECRET, REFRESH
from connectors.hubspot.api.errors import Disconnected, HubSpotError, MissingScopes
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.portal import NAME, Portal, open_portal
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import BadInput, SegueError
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

log = structlog.get_logger()

_SECRET = re.compile(r"[\x21-\x7e]{8,4096}")
_DIGITS = re.compile(r"\d{1,15}")


@dataclass(frozen=True, slots=True)
class Connected:
    """A portal that is connected now; `again`: we knew it, and its campaigns, links and history go on."""

    installation_id: str
    portal_id: str
    again: bool
    probed: Probed


class _Pasted:
    """A token as it was pasted, before there is a place to keep it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renewed(self, refused: str) -> str:
        raise Disconnected("HubSpot refuses this token: copy the app's access token again, whole", status=401)


def connect_static(
    database: Database,
    vault: Vault,
    settings: Settings,
    *,
    token: str,
    client_secret: str = "",
    app_id: str = "",
    clock: Clock = utcnow,
) -> Connected:
    """Connect the portal an app's own token opens.

    `client_secret` (by which calls from HubSpot are known as such) may be left out when connecting again: the one kept
    stays. Raises `BadInput` for what is no token or secret, `Disconnected` for a token HubSpot refuses, and other
    `HubSpotError`s; then nothing is kept.
    """
    token = _secret(token, "the access token")
    secrets = {ACCESS: token}
    if client_secret.strip():
        secrets[CLIENT_SECRET] = _secret(client_secret, "the client secret")
    if app_id.strip() and not _DIGITS.fullmatch(app_id.strip()):
        raise BadInput("an app id is a number: you find it in the app's address in HubSpot")
    details = _introduced(HubSpotApi(settings.hubspot_api, _Pasted(token), clock=clock))
    return _keep(
        database, vault, settings, details, "static", secrets, app_id=app_id.strip(), expires_at=None, clock=clock
    )


def connect_oauth(
    database: Database, vault: Vault, settings: Settings, grant: Grant, *, clock: Clock = utcnow
) -> Connected:
    """Connect the portal that granted it; raises `HubSpotError`, and then nothing is kept."""
    details = _introduced(HubSpotApi(settings.hubspot_api, _Pasted(grant.access_token), clock=clock))
    if details.portal_id != grant.portal_id:
        raise HubSpotError("HubSpot's grant and its token name different accounts: connect again")
    secrets = {ACCESS: grant.access_token, REFRESH: grant.refresh_token}
    return _keep(
        database,
        vault,
        settings,
        details,
        "oauth",
        secrets,
        app_id=settings.hubspot_app_id,
        scopes=grant.scopes,
        expires_at=grant.expires_at,
        clock=clock,
    )


def _introduced(api: HubSpotApi) -> Details:
    try:
        return details_of(api)
    except MissingScopes as error:
        raise BadInput(f"{error}: install the app with all it asks for, then connect again") from None


def _keep(
    database: Database,
    vault: Vault,
    settings: Settings,
    details: Details,
    auth: Auth,
    secrets: dict[str, str],
    *,
    app_id: str,
    expires_at: datetime | None,
    clock: Clock,
    scopes: tuple[str, ...] = (),
) -> Connected:
    table = cast("Table", Installation.__table__)
    # Twice at once, or on another server's start: whichever comes first makes it, the other joins.
    fresh = {
        "id": new_id(),
        "connector": NAME,
        "account": details.portal_id,
        "label": f"HubSpot {details.portal_id}",
        "config": PortalConfig(auth=auth).as_json(),
        "created_at": clock(),
    }

    def changed(config: PortalConfig) -> PortalConfig:
        return replace(
            config,
            auth=auth,
            app_id=app_id or (config.app_id if config.auth == auth else ""),
            scopes=scopes or (config.scopes if config.auth == auth else ()),
            utc_offset_ms=details.utc_offset_ms,
            calls_per_10s=calls_of(details.limits, config.tier, auth=auth),
            problem=None,
        )

    with database.transaction() as session:
        unique = ["connector", "account"]
        session.execute(insert_ignoring(session.get_bind().dialect.name, table, unique), [fresh])
        installation = session.scalars(
            select(Installation).where(Installation.connector == NAME, Installation.account == details.portal_id)
        ).one()
        again = installation.id != fresh["id"]
        if again and auth == "static" and CLIENT_SECRET not in secrets:
            secrets |= _kept_secret(session, vault, installation.id)
        credentials.keep(session, vault, installation.id, secrets, expires_at=expires_at, clock=clock)
        change_config(session, installation.id, changed)
    log.info("hubspot.connected", installation_id=installation.id, again=again, auth=auth)
    portal = _opened(database, vault, settings, installation.id, clock)
    try:
        probed = probe(portal)
    except HubSpotError as error:
        # It is connected all the same, and looked at again by the worker.
        probed = as_known(portal.config, f"HubSpot could not be asked yet what it allows: {error}")
    return Connected(installation.id, details.portal_id, again, probed)


def _kept_secret(session: Session, vault: Vault, installation_id: str) -> dict[str, str]:
    try:
        held = credentials.look(session, vault, installation_id).values
    except SegueError:
        return {}
    return {CLIENT_SECRET: held[CLIENT_SECRET]} if CLIENT_SECRET in held else {}


def _opened(database: Database, vault: Vault, settings: Settings, installation_id: str, clock: Clock) -> Portal:
    with database.reading() as session:
        installation = portal_of(session, installation_id)
    return open_portal(database, vault, settings, installation, clock=clock)


def _secret(text: str, what: str) -> str:
    text = text.strip()
    if not _SECRET.fullmatch(text):
        raise BadInput(f"{what} is one line of letters, digits and signs, as HubSpot shows it; this isn't")
    return text
