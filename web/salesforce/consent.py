"""To Salesforce's consent page – of production, a sandbox or the My Domain, whichever was chosen – and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import structlog
from flask import Response, make_response, redirect, render_template, request

from connectors.salesforce.accounts.connect import connect_web
from connectors.salesforce.accounts.oauth import Journey, OAuthApp, TokenEndpoint, app_of, begin, login_origin
from connectors.salesforce.api.errors import Disconnected, SalesforceError, Unreachable, Unwell
from connectors.salesforce.api.session import make_session
from plugin.kernel.errors import BadInput
from web.connections.present import sentence
from web.connections.salesforce.connect_pages import form, login_of
from web.connections.salesforce.present import forget
from web.consent.journey import Connected, Consent, Late, Spent, Waiting
from web.services import services

log = structlog.get_logger()

CONSENT = Consent(
    "salesforce",
    "Salesforce",
    {
        "OAUTH_APP_ACCESS_DENIED": "Salesforce says that this user may not use the app. Nothing was connected: assign "
        "the permission set Segue Integration to the user you sign in as, then begin again.",
        "OAUTH_APP_BLOCKED": "Salesforce says that the app is blocked in this org. Nothing was connected: unblock it "
        "in Setup, Connected Apps OAuth Usage, then begin again.",
        "invalid_scope": "The app may not ask for what Segue needs. Nothing was connected: give it the scopes api and "
        "refresh_token, then begin again.",
    },
)


def install() -> Response:
    """On to Salesforce with the server's own app: for a link, with `?login=` where it isn't production."""
    try:
        login = login_origin(request.args.get("login") or "login.salesforce.com")
        app = app_of(services().settings)
    except BadInput as missing:
        return CONSENT.explain(sentence(str(missing)), 409)
    journey = _begin(login, app)
    response = cast("Response", redirect(journey.url, 303))
    _keep(response, journey, login, app)
    return response


def install_with() -> Response:
    """The same with the app and the host that were typed.

    The browser is sent on by the page: its policy lets no form lead elsewhere, not even by a redirect.
    """
    try:
        login = login_of(request.form)
        app = app_of(
            services().settings, request.form.get("client_id", "")[:5000], request.form.get("client_secret", "")[:5000]
        )
    except BadInput as wrong:
        return form(sentence(str(wrong)), 422)
    journey = _begin(login, app)
    shown = render_template("connections/salesforce/onward.html", url=journey.url, host=login.removeprefix("https://"))
    response = make_response(shown)
    _keep(response, journey, login, app)
    return response


def callback() -> Response:
    """Back from Salesforce."""
    return CONSENT.come_back(_connect)


def _begin(login: str, app: OAuthApp) -> Journey:
    return begin(services().settings.salesforce_sandbox.rstrip("/") or login, app.client_id, app.redirect_uri)


def _keep(response: Response, journey: Journey, login: str, app: OAuthApp) -> None:
    given = {"login": login, "client_id": app.client_id, "client_secret": app.client_secret}
    CONSENT.keep(response, Waiting(journey.state, journey.verifier, given))


def _connect(waiting: Waiting, code: str) -> Connected:
    here, given = services(), waiting.given
    app = app_of(here.settings, given["client_id"], given["client_secret"])
    endpoint = TokenEndpoint(given["login"], make_session(here.settings.salesforce_sandbox), clock=here.clock)
    try:
        grant = endpoint.by_code(app.client_id, app.client_secret, code, app.redirect_uri, waiting.verifier)
        made = connect_web(here.database, here.vault, here.settings, grant, **_held(given), clock=here.clock)
    except Disconnected as refused:
        log.info("salesforce.consent_refused", reason=str(refused)[:200])
        if _is_spent(refused):
            raise Spent(str(refused)) from refused
        raise
    except (Unreachable, Unwell) as error:
        raise Late(str(error)) from error
    forget(made.installation_id)
    return Connected(made.installation_id, made.again)


def _held(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in ("login", "client_id", "client_secret")}


def _is_spent(refused: SalesforceError) -> bool:
    fault = refused.fault
    return fault is not None and fault.code == "invalid_grant" and "code" in fault.message
