"""Ending the connection to an org; what the package made is taken out there."""

from __future__ import annotations

from flask import Response

from connectors.salesforce.accounts.connect import disconnect
from web.connections.present import page
from web.connections.salesforce.present import forget, look
from web.services import services


def leave(installation_id: str) -> Response:
    """What stays, what ends, and what the org's admin removes."""
    return page("salesforce/leave", look(installation_id), here_tab="leave", problem=None, parted=None)


def part(installation_id: str) -> Response:
    """End it; Salesforce is told when it can be."""
    here = services()
    look(installation_id)
    told = disconnect(here.database, here.vault, here.settings, installation_id)
    forget(installation_id)
    said = "Disconnected. The credential is forgotten; links, visits and what was told stay."
    if not told:
        said += " Salesforce could not be told: withdraw the app’s access in Setup, too."
    return page("salesforce/leave", look(installation_id), here_tab="leave", problem=None, parted=said)
