"""OAuth in the browser: state and PKCE's verifier wait in a cookie of this admin's session until HubSpot sends back.

RFC 6749 section 10.12, RFC 7636, RFC 9700. The cookie is signed, HttpOnly, for ten minutes and one way back.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import cast

import structlog
from flask import Response, make_response, redirect, render_template, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from connectors.hubspot.accounts.connect import connect_oauth
from connectors.hubspot.accounts.oauth import Journey, OAuth, app_of, begin
from connectors.hubspot.accounts.scopes import asked, names
from connectors.hubspot.api.errors import Disconnected, HubSpotError
from plugin.kernel.errors import BadInput, SegueError
from web.crm.access import viewer
from web.services import services

log = structlog.get_logger()

COOKIE = "__Host-segue-hubspot"
LIFE_S = 600
_DENIED = "HubSpot says that the app wasn’t allowed. Nothing was connected. Begin again when you want to allow it."
_NO_WAY = (
    "This way back from HubSpot isn’t yours, was used already, or took longer than ten minutes. Nothing was changed: "
    "begin again from here."
)
_USED = "HubSpot took the code it had given us for spent. Nothing was connected: begin again from here."
_LATE = "HubSpot didn’t answer as it should ({why}). Nothing was connected: try again in a moment."


@dataclass(frozen=True, slots=True)
class Waiting:
    """What must come back, and for whom."""

    state: str
    verifier: str
    whose: str


def install() -> Response:
    """On to HubSpot, where the admin sees what the app asks for."""
    try:
        app = app_of(services().settings)
    except BadInput as missing:
        return _explained(f"This server has no HubSpot app of its own yet: {missing}.", 409)
    required, optional = asked("oauth")
    journey = begin(app, services().settings.hubspot_app, names(required), names(optional))
    response = cast("Response", redirect(journey.url, 303))
    _keep(response, journey)
    return response


def callback() -> Response:
    """Back from HubSpot: with a code that is exchanged once, or with a no."""
    response = _settle()
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
    return response


def _settle() -> Response:
    waiting = _waiting()
    if waiting is None or not _same(request.args.get("state", ""), waiting.state):
        return _explained(_NO_WAY, 400)
    if request.args.get("error"):
        denied = request.args["error"] == "access_denied"
        return _explained(_DENIED if denied else _LATE.format(why=_word(request.args["error"])), 400)
    code = request.args.get("code", "")
    if not 0 < len(code) <= 2000:
        return _explained(_NO_WAY, 400)
    return _connect(code, waiting.verifier)


def _connect(code: str, verifier: str) -> Response:
    here = services()
    try:
        grant = OAuth(app_of(here.settings), here.settings.hubspot_api, clock=here.clock).exchange(code, verifier)
        made = connect_oauth(here.database, here.vault, here.settings, grant, clock=here.clock)
    except Disconnected as spent:
        log.info("hubspot.consent_spent", reason=str(spent)[:200])
        return _explained(_USED, 400)
    except HubSpotError as error:
        return _explained(_LATE.format(why=error), 502)
    except SegueError as error:
        return _explained(f"Nothing was connected: {error}.", 400)
    here.portals.forget(made.installation_id)
    here.connectors.forget(made.installation_id)
    done = "again" if made.again else "connected"
    return cast(
        "Response",
        redirect(url_for("connections.overview", installation_id=made.installation_id, done=done), 303),
    )


def _keep(response: Response, journey: Journey) -> None:
    kept = _serializer().dumps({"s": journey.state, "v": journey.verifier, "w": viewer().csrf})
    response.set_cookie(COOKIE, kept, max_age=LIFE_S, secure=True, httponly=True, samesite="Lax", path="/")


def _waiting() -> Waiting | None:
    try:
        kept = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=LIFE_S)
    except BadData:
        return None
    # Another admin at this browser, or this one signed in anew, begins anew.
    return Waiting(kept["s"], kept["v"], kept["w"]) if _same(kept["w"], viewer().csrf) else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        services().vault.derive("hubspot consent"), salt="hubspot", signer_kwargs={"digest_method": hashlib.sha256}
    )


def _explained(text: str, status: int) -> Response:
    return make_response(render_template("connections/consent.html", text=text), status)


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())


def _word(error: str) -> str:
    return error[:60] if error.replace("_", "").isalnum() and error.isascii() else "an error without a name"
