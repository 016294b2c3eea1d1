"""Signing in and out."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from plugin.accounts.members import authenticate
from web.crm.access import end_session, start_session
from web.crm.throttle import WINDOW_S, Throttle
from web.services import services

bp = Blueprint("sign_in", __name__)

WRONG = "That address and password don’t belong together."
_ROOMS = ("/crm", "/connections", "/hubspot/install")
TOO_OFTEN = "Too many wrong tries. Wait a quarter of an hour, then try again."


@bp.get("/sign-in")
def form() -> str:
    """The form."""
    return render_template("crm/sign_in.html", problem=None, email="", next=_next(request.args))


@bp.post("/sign-in")
def enter() -> Response:
    """Let a member in, and on to where they were going."""
    email, address = request.form.get("email", "").strip().lower()[:256], request.remote_addr or ""
    throttle = _throttle()
    if throttle.is_closed(email, address):
        return _again(TOO_OFTEN, email, 429, {"Retry-After": str(WINDOW_S)})
    password = request.form.get("password", "")
    # Checked in a session that only reads, so that guessing never holds the writer's place ...
    with services().database.reading() as session:
        member = authenticate(session, email, password)
    if member is None:
        throttle.failed(email, address)
        return _again(WRONG, email, 401, {})
    # ... and once more in one that may renew an old hash.
    with services().database.transaction() as session:
        member = authenticate(session, email, password) or member
    response = cast("Response", redirect(_next(request.form), 303))
    start_session(response, member)
    return response


@bp.post("/sign-out")
def leave() -> Response:
    """End the session."""
    response = cast("Response", redirect(url_for("crm.sign_in.form"), 303))
    end_session(response)
    return response


def _again(problem: str, email: str, status: int, headers: dict[str, str]) -> Response:
    page = render_template("crm/sign_in.html", problem=problem, email=email, next=_next(request.form))
    return make_response(page, status, headers)


def _next(given: MultiDict[str, str]) -> str:
    """Where to go afterwards: a page behind this door, whatever the address bar asked for."""
    path = given.get("next", "")
    ours = any(path == room or path.startswith((f"{room}/", f"{room}?")) for room in _ROOMS)
    return path if ours and "\\" not in path and path.isprintable() else "/crm"


def _throttle() -> Throttle:
    return cast("Throttle", current_app.extensions.setdefault("segue-crm-throttle", Throttle()))
