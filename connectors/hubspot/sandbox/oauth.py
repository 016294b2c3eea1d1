"""`/oauth/…/token`, introspection, revocation, and an app's leaving."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox.answers import json_answer, nothing
from connectors.hubspot.sandbox.app import refused
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.portal import Installation
from connectors.hubspot.sandbox.problems import Problem
from connectors.sandbox.wire import Answer

routes = Routes()


@routes("POST", f"/oauth/{API}/token", open=True)
def token(call: Call) -> Answer:
    form = _form(call)
    _client(call, form)
    app, grants = call.sandbox.app, call.sandbox.grants
    if form.get("grant_type") == "authorization_code":
        verifier = form.get("code_verifier", "")
        installation = grants.redeem(form.get("code", ""), form.get("redirect_uri", ""), verifier, call.now)
        access, refresh = grants.issue(installation, app.access_lives_s, call.now)
    elif form.get("grant_type") == "refresh_token":
        installation, access, refresh = grants.renew(form.get("refresh_token", ""), app, call.now)
    else:
        raise refused("BAD_GRANT_TYPE", "grant_type must be authorization_code or refresh_token")
    return json_answer(
        {
            "token_type": "bearer",
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": app.access_lives_s,
            "hub_id": installation.portal_id,
            "scopes": sorted(installation.scopes),
        }
    )


@routes("POST", f"/oauth/{API}/token/introspect", open=True)
def introspect(call: Call) -> Answer:
    form = _form(call)
    _client(call, form)
    asked = form.get("token", "")
    access, refresh = call.sandbox.grants.access.get(asked), call.sandbox.grants.refresh.get(asked)
    if access is not None and access.ends_at > call.now:
        more = {"expires_in": int(access.ends_at - call.now), "token_use": "access_token"}
        return json_answer({**_told(call, access.installation), **more})
    if refresh is not None and refresh.installation.active:
        return json_answer({**_told(call, refresh.installation), "token_use": "refresh_token"})
    return json_answer({"active": False})


@routes("POST", f"/oauth/{API}/token/revoke", open=True)
def revoke(call: Call) -> Answer:
    form = _form(call)
    _client(call, form)
    grants = call.sandbox.grants
    if held := grants.refresh.get(form.get("token", "")):
        grants.end(lambda installation: installation is held.installation)
    grants.access.pop(form.get("token", ""), None)
    return json_answer({})


@routes("DELETE", f"/appinstalls/{API}/external-install", ["oauth"])
def leave(call: Call) -> Answer:
    if call.installation.kind == "static":
        raise Problem(403, "FORBIDDEN", "A private app is removed in the account's settings")
    call.sandbox.uninstall(call.portal, call.installation)
    return nothing()


def _told(call: Call, installation: Installation) -> dict[str, object]:
    return {
        "active": True,
        "client_id": call.sandbox.app.client_id,
        "app_id": installation.app_id,
        "hub_id": installation.portal_id,
        "scopes": sorted(installation.scopes),
        "token_type": "bearer",
        "user": "admin@example.com",
    }


def _form(call: Call) -> dict[str, str]:
    if "x-www-form-urlencoded" not in call.request.headers.get("content-type", ""):
        raise Problem(415, "VALIDATION_ERROR", "Unsupported Media Type: send application/x-www-form-urlencoded")
    return {name: values[0] for name, values in parse_qs(call.request.body.decode("utf-8", "replace")).items()}


def _client(call: Call, form: dict[str, str]) -> None:
    app = call.sandbox.app
    if form.get("client_id") != app.client_id:
        raise refused("BAD_CLIENT_ID", "missing or unknown client id")
    if not hmac.compare_digest(form.get("client_secret", "").encode(), app.client_secret.encode()):
        raise refused("BAD_CLIENT_SECRET", "missing or invalid client secret")
