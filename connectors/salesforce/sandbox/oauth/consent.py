"""`/services/oauth2/authorize`: may this app act as you? Then back to it, with a code or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from connectors.salesforce.sandbox.oauth.apps import ClientApp, Code, Logins
from connectors.salesforce.sandbox.oauth.token import form_of
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.pages.visit import show
from connectors.sandbox.pages import from_here
from connectors.sandbox.wire import Answer, Request

CODE_S = 600.0
WORDS = {
    "api": "Manage user data via APIs",
    "refresh_token": "Perform requests at any time",
    "offline_access": "Perform requests at any time",
    "id": "Access the identity URL service",
    "profile": "Access the identity URL service",
    "email": "Access the identity URL service",
    "openid": "Access unique user identifiers",
    "web": "Manage user data via Web browsers",
    "full": "Full access",
}


def consent(org: Org, logins: Logins, origin: str, request: Request) -> Answer:
    """The page (GET), and what was pressed on it (POST)."""
    if request.method == "POST" and not from_here(origin, request):
        return _refused("Forms are taken from the sandbox's own pages only.", 403)
    given = form_of(request) if request.method == "POST" else {name: each[0] for name, each in request.query.items()}
    app = logins.app(given.get("client_id", ""))
    if app is None:
        return _refused("error=invalid_client_id&error_description=client%20identifier%20invalid")
    callback = given.get("redirect_uri") or next(iter(app.callbacks), "")
    if callback not in app.callbacks:
        return _refused("error=redirect_uri_mismatch&error_description=redirect_uri must match configuration")
    state = given.get("state", "")
    if given.get("response_type") != "code":
        return _back(
            callback, state, error="unsupported_response_type", error_description="response type not supported"
        )
    if given.get("code_challenge_method", "S256") != "S256" or (app.needs_pkce and not given.get("code_challenge")):
        return _back(callback, state, error="invalid_request", error_description="missing required code challenge")
    asked = frozenset(given.get("scope", "").split()) or app.scopes
    if not asked <= app.scopes:
        words = "the requested scope is not allowed"
        return _back(callback, state, error="invalid_scope", error_description=words)
    if request.method == "GET":
        return _page(org, app, given, asked)
    if given.get("choice") != "allow":
        return _back(callback, state, error="access_denied", error_description="end-user denied authorization")
    user_id = given.get("user_id", "")
    if not org.active(user_id):
        return _refused("This user can't sign in: they are deactivated.")
    if app.allowed is not None and user_id not in app.allowed:
        return _back(callback, state, error="OAUTH_APP_ACCESS_DENIED", error_description="user is not admin approved")
    ends_at = org.clock() + CODE_S
    code = logins.new_code(Code(app, user_id, asked, callback, given.get("code_challenge", ""), ends_at))
    return _back(callback, state, code=code)


def _page(org: Org, app: ClientApp, given: Mapping[str, str], asked: frozenset[str]) -> Answer:
    users = [row for row in org.live("User") if row.get("IsActive")]
    said = sorted({WORDS.get(scope, scope) for scope in asked})
    return show("consent.html", org=org, app=app, given=given, scopes=said, users=users, bare=True)


def _refused(words: str, status: int = 400) -> Answer:
    return show("refused.html", status=status, words=words, bare=True)


def _back(callback: str, state: str, **told: str) -> Answer:
    query = urlencode({**told, **({"state": state} if state else {})})
    joint = "&" if "?" in callback else "?"
    return Answer(302, b"", {"Location": f"{callback}{joint}{query}", "Cache-Control": "no-store"})
