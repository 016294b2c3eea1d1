"""A HubSpot account as its screens know it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from connectors.hubspot.accounts.config import PortalConfig, config_of
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.portal import Portal
from plugin.accounts.models import Installation
from web.connections.present import Account, Tabs, make_account
from web.services import services

TABS: Tabs = (
    ("overview", "Overview", ""),
    ("setup", "Set up", "/setup"),
    ("check", "Check and mail", "/check"),
    ("lists", "Lists", "/lists"),
    ("queue", "Queue", "/queue"),
    ("leave", "Take away", "/leave"),
)
_WAYS = {"static": "One app with a token", "oauth": "By OAuth"}


def account_of(session: Session, row: Installation) -> Account[PortalConfig]:
    """One HubSpot account."""
    config = config_of(row.config)
    return make_account(session, row, config, way=_WAYS.get(config.auth, config.auth), tabs=TABS)


def look(installation_id: str) -> Account[PortalConfig]:
    """The same, by its id; raises `NotFound` for what is no HubSpot account."""
    with services().database.reading() as session:
        return account_of(session, portal_of(session, installation_id))


def portal(installation_id: str) -> Portal:
    """Its API."""
    return services().portals.of(installation_id)


def forget(installation_id: str) -> None:
    """Open it anew at next need: something about it has changed."""
    services().portals.forget(installation_id)
    services().connectors.forget(installation_id)
