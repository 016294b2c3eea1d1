"""Connecting a Salesforce org: by signing in, by the server's own key, or by the app's secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, make_response, render_template, request

from connectors.salesforce.accounts.connect import Connected, connect_client_credentials, connect_jwt
from connectors.salesforce.accounts.oauth import app_of, login_origin
from plugin.kernel.errors import BadInput, SegueError
from web.connections.present import sentence, to
from web.connections.salesforce.present import forget
from web.services import services

PLACES = {
    "production": ("Production or Developer Edition", "login.salesforce.com"),
    "sandbox": ("A sandbox", "test.salesforce.com"),
    "domain": ("The org’s own My Domain", ""),
}
_KEPT = ("way", "place", "domain", "client_id", "username")
"""What is shown again after a mistake: nothing secret."""


def new() -> Response:
    """The three ways, each with what it takes."""
    return form(None, 200)


def connect() -> Response:
    """Connect by a key or a secret that was pasted. It is never shown again."""
    try:
        made = _WAYS.get(request.form.get("way", ""), _no_way)(request.form)
    except BadInput as error:
        return form(sentence(str(error)), 422)
    except SegueError as error:
        return form(f"Nothing was connected. {sentence(str(error))}", 422)
    forget(made.installation_id)
    return to("overview", made.installation_id, done="again" if made.again else "connected")


def form(problem: str | None, status: int) -> Response:
    """The page, with what was typed but for secrets."""
    here = services()
    given = {name: request.form.get(name, "")[:1024] for name in _KEPT}
    origin = here.settings.public_origin.rstrip("/")
    shown = render_template(
        "connections/salesforce/new.html",
        problem=problem,
        given=given,
        places=PLACES,
        has_app=_has_app(),
        callback=f"{origin}/salesforce/oauth/callback",
    )
    return make_response(shown, status)


def login_of(given: Mapping[str, str]) -> str:
    """Where the org's users sign in, as chosen; raises `BadInput`."""
    _, host = PLACES.get(given.get("place", ""), PLACES["domain"])
    return login_origin(host or given.get("domain", "")[:300])


def _by_key(given: Mapping[str, str]) -> Connected:
    here = services()
    return connect_jwt(
        here.database,
        here.vault,
        here.settings,
        login=login_of(given),
        client_id=given.get("client_id", ""),
        username=given.get("username", ""),
        private_key=given.get("private_key", "")[:20_000],
        clock=here.clock,
    )


def _by_secret(given: Mapping[str, str]) -> Connected:
    here = services()
    return connect_client_credentials(
        here.database,
        here.vault,
        here.settings,
        login=login_origin(given.get("domain", "")[:300]),
        client_id=given.get("client_id", ""),
        client_secret=given.get("client_secret", ""),
        clock=here.clock,
    )


def _no_way(_: Mapping[str, str]) -> Connected:
    raise BadInput("choose a way to connect")


_WAYS: Mapping[str, Callable[[Mapping[str, str]], Connected]] = {"key": _by_key, "secret": _by_secret}


def _has_app() -> bool:
    try:
        app_of(services().settings)
    except BadInput:
        return False
    return True
