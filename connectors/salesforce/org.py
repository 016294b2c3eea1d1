"""One connected org with all that speaks to it: made once a process and kept with its connections."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.salesforce.accounts.config import OrgConfig, config_of
from connectors.salesforce.accounts.tokens import OrgTokens
from connectors.salesforce.api.allowance import Allowance
from connectors.salesforce.api.session import make_session
from connectors.salesforce.api.transport import SalesforceApi
from plugin.accounts.models import Installation
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

NAME = "salesforce"


@dataclass(frozen=True, slots=True)
class Org:
    """An org, its config as it stood when opened, and its API."""

    installation_id: str
    org_id: str
    config: OrgConfig
    api: SalesforceApi
    database: Database
    vault: Vault
    clock: Clock = utcnow


def open_org(
    database: Database, vault: Vault, settings: Settings, installation: Installation, *, clock: Clock = utcnow
) -> Org:
    """The org of an installation."""
    config = config_of(installation.config)
    session = make_session(settings.salesforce_sandbox)
    tokens = OrgTokens(
        database, vault, installation.id, auth=config.auth, login=config.login, session=session, clock=clock
    )
    allowance = Allowance(database, installation.id, daily_max=config.daily_max, share=config.share, clock=clock)
    api = SalesforceApi(tokens, session, allowance=allowance)
    return Org(installation.id, installation.account, config, api, database, vault, clock)
