"""A portal goes: HubSpot is told, the credential forgotten; what was watched and told stays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from connectors.hubspot.accounts.config import change_config
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.accounts.tokens import REFRESH
from connectors.hubspot.api.errors import Disconnected
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import open_portal
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.database import Database
from plugin.kernel.errors import SegueError
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

log = structlog.get_logger()

DISCONNECTED = "disconnected: connect the account again"


@dataclass(frozen=True, slots=True)
class Parted:
    """A portal that isn't connected any more. `told` is False when HubSpot couldn't be told, `why` says what to do."""

    told: bool
    why: str = ""


def disconnect(database: Database, vault: Vault, settings: Settings, installation_id: str) -> Parted:
    """End the connection: tell HubSpot, forget the credential. Links, visits and what was told stay.

    Never fails for HubSpot's sake: an answer that doesn't come is told in `Parted.why`. What is still owed to the CRM
    waits until the portal is connected again. Raises `NotFound` for no such portal.
    """
    with database.reading() as session:
        installation = portal_of(session, installation_id)
    parted = _tell_end(database, vault, settings, installation)
    with database.transaction() as session:
        credentials.forget(session, installation_id)
        change_config(session, installation_id, lambda config: replace(config, problem=DISCONNECTED))
    log.info("hubspot.disconnected", installation_id=installation_id, told=parted.told)
    return parted


def _tell_end(database: Database, vault: Vault, settings: Settings, installation: Installation) -> Parted:
    """An OAuth app takes itself out of the portal; one with a token of its own can only be removed there."""
    try:
        portal = open_portal(database, vault, settings, installation)
        if portal.oauth is None:
            return Parted(False, "remove the app in HubSpot too, or withdraw its token there")
        with database.reading() as session:
            held = credentials.look(session, vault, installation.id).values
        portal.api.call("DELETE", f"/appinstalls/{API}/external-install", patience_s=2.0)
        portal.oauth.revoke(held[REFRESH])
    except Disconnected:
        return Parted(True, "HubSpot had ended the connection before")
    except SegueError as error:
        return Parted(False, f"HubSpot could not be told ({error}): remove the app there by hand")
    return Parted(True)
