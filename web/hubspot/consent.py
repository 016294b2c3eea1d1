"""To HubSpot's consent page, with what the app asks for, and back."""

from __future__ import annotations

from typing import cast

import structlog
from flask import Response, redirect

from connectors.hubspot.accounts.connect import connect_oauth
from connectors.hubspot.accounts.oauth import OAuth, app_of, begin
from connectors.hubspot.accounts.scopes import asked, names
from connectors.hubspot.api.errors import Disconnected, HubSpotError
from plugin.kernel.errors import BadInput
from web.connections.hubspot.present import forget
from web.consent.journey import Connected, Consent, Late, Spent, Waiting
from web.services import services

log = structlog.get_logger()

CONSENT = Consent("hubspot", "HubSpot", {})


def install() -> Response:
    """On to HubSpot, where the admin sees what the app asks for."""
    try:
        app = app_of(services().settings)
    except BadInput as missing:
        return CONSENT.explain(f"This server has no HubSpot app of its own yet: {missing}.", 409)
    required, optional = asked("oauth")
    journey = begin(app, services().settings.hubspot_app, names(required), names(optional))
    response = cast("Response", redirect(journey.url, 303))
    CONSENT.keep(response, Waiting(journey.state, journey.verifier, {}))
    return response


def callback() -> Response:
    """Back from HubSpot."""
    return CONSENT.come_back(_connect)


def _connect(waiting: Waiting, code: str) -> Connected:
    here = services()
    try:
        oauth = OAuth(app_of(here.settings), here.settings.hubspot_api, clock=here.clock)
        grant = oauth.exchange(code, waiting.verifier)
        made = connect_oauth(here.database, here.vault, here.settings, grant, clock=here.clock)
    except Disconnected as spent:
        log.info("hubspot.consent_spent", reason=str(spent)[:200])
        raise Spent(str(spent)) from spent
    except HubSpotError as error:
        raise Late(str(error)) from error
    forget(made.installation_id)
    return Connected(made.installation_id, made.again)
