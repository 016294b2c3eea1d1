"""One connected portal with all that speaks to it: made once a process and kept with its connections."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from connectors.hubspot.accounts.config import PortalConfig, config_of
from connectors.hubspot.accounts.oauth import OAuth, app_of
from connectors.hubspot.accounts.tokens import PortalTokens
from connectors.hubspot.api.transport import HubSpotApi, next_midnight
from plugin.accounts.models import Installation
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.pace import Limit, Pace
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

NAME = "hubspot"
SEARCHES = Limit(5, window_s=1.0, burst=1)
"""HubSpot allows five a second an account."""


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal, its config as it stood when opened, and its API."""

    installation_id: str
    portal_id: str
    config: PortalConfig
    api: HubSpotApi
    database: Database
    vault: Vault
    clock: Clock = utcnow
    tokens: PortalTokens | None = None
    oauth: OAuth | None = None
    """The server's OAuth app, for a portal that came by OAuth."""
    searches: Pace | None = None
    """Searching has a limit of its own, beside the one on all calls."""
    public_origin: str = ""
    """Where this server's pages are, for HubSpot to lead to."""


def refreshed(portal: Portal) -> Portal:
    """The same portal with the config as kept now: another process may have probed it, or its admin chosen."""
    with portal.database.reading() as session:
        kept = session.scalar(select(Installation.config).where(Installation.id == portal.installation_id))
    return portal if kept is None else replace(portal, config=config_of(kept))


def open_portal(
    database: Database, vault: Vault, settings: Settings, installation: Installation, *, clock: Clock = utcnow
) -> Portal:
    """The portal of an installation; raises `BadInput` when its app isn't set up on this server."""
    config = config_of(installation.config)
    oauth = OAuth(app_of(settings), settings.hubspot_api, clock=clock) if config.auth == "oauth" else None
    tokens = PortalTokens(database, vault, installation.id, oauth, clock=clock)
    searches = Pace(database, f"{NAME}:{installation.account}:search", SEARCHES, clock=clock)
    api = HubSpotApi(
        settings.hubspot_api,
        tokens,
        pace=Pace(database, f"{NAME}:{installation.account}", Limit(config.calls_per_10s), clock=clock),
        daily_reset=lambda: next_midnight(clock(), config.utc_offset_ms),
        clock=clock,
    )
    return Portal(
        installation.id,
        installation.account,
        config,
        api,
        database,
        vault,
        clock,
        tokens,
        oauth,
        searches,
        settings.public_origin.rstrip("/"),
    )
