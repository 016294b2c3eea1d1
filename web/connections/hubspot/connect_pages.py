"""Connecting a HubSpot account: what is asked for and why, before anything is."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from connectors.hubspot.accounts.connect import connect_static
from connectors.hubspot.accounts.oauth import app_of
from connectors.hubspot.accounts.scopes import asked
from plugin.kernel.errors import BadInput, SegueError
from web.connections.hubspot.present import forget
from web.connections.present import sentence, to
from web.services import services


def new() -> Response:
    """The two ways, each with the scopes it asks for."""
    return _form(None, 200)


def connect() -> Response:
    """Connect the account that a pasted token opens. What was pasted is never shown again."""
    here = services()
    try:
        made = connect_static(
            here.database,
            here.vault,
            here.settings,
            token=request.form.get("token", "")[:5000],
            client_secret=request.form.get("client_secret", "")[:5000],
            app_id=request.form.get("app_id", "")[:50],
            clock=here.clock,
        )
    except BadInput as error:
        return _form(sentence(str(error)), 422)
    except SegueError as error:
        return _form(f"Nothing was connected. {sentence(str(error))}", 422)
    forget(made.installation_id)
    return to("overview", made.installation_id, done="again" if made.again else "connected")


def _form(problem: str | None, status: int) -> Response:
    required, usual = asked("static")[0][:5], asked("static")[0][5:]
    optional = asked("oauth")[1]
    shown = render_template(
        "connections/hubspot/new.html",
        problem=problem,
        app_id=request.form.get("app_id", ""),
        has_app=_has_app(),
        required=required,
        usual=usual,
        more=[scope for scope in optional if scope not in usual],
    )
    return make_response(shown, status)


def _has_app() -> bool:
    try:
        app_of(services().settings)
    except BadInput:
        return False
    return True
