"""A Salesforce org as its screens know it."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from connectors.salesforce.accounts.config import OrgConfig, config_of
from connectors.salesforce.accounts.find import org_of
from connectors.salesforce.connector import SalesforceCrm
from connectors.salesforce.org import Org
from plugin.accounts.models import Installation
from web.connections.present import Account, Tabs, make_account
from web.services import services

TABS: Tabs = (
    ("overview", "Overview", ""),
    ("setup", "Set up", "/setup"),
    ("check", "Check and mail", "/check"),
    ("lists", "Links", "/lists"),
    ("queue", "Queue", "/queue"),
    ("leave", "Take away", "/leave"),
)
WAYS = {"web": "By signing in", "jwt": "By its own certificate", "client_credentials": "By the app’s own secret"}


def account_of(session: Session, row: Installation) -> Account[OrgConfig]:
    """One org."""
    config = config_of(row.config)
    return make_account(session, row, config, way=WAYS.get(config.auth, config.auth), tabs=TABS)


def look(installation_id: str) -> Account[OrgConfig]:
    """The same, by its id; raises `NotFound` for what is no org."""
    with services().database.reading() as session:
        return account_of(session, org_of(session, installation_id))


def crm(installation_id: str) -> SalesforceCrm:
    """The connector, kept with its connections."""
    return cast("SalesforceCrm", services().connectors.of(installation_id))


def org(installation_id: str) -> Org:
    """Its API."""
    return services().orgs.of(installation_id)


def forget(installation_id: str) -> None:
    """Open it anew at next need: something about it has changed."""
    services().orgs.forget(installation_id)
    services().connectors.forget(installation_id)
