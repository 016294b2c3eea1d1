"""How the CRM's queue is doing, and what an admin can do about what is stuck."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, redirect, render_template, request, url_for

from plugin.outbox.dead import dead_letters, retry_dead
from plugin.outbox.health import health as outbox_health
from web.crm.access import need_admin
from web.services import services

bp = Blueprint("health", __name__)

SHOWN = 100
MOST_ID = 2**63 - 1
"""The largest id either database has."""


@bp.get("/health")
def health() -> str:
    """Counts, the last error, and the newest dead letters with their reasons."""
    with services().database.reading() as session:
        found = outbox_health(session, clock=services().clock)
        letters = dead_letters(session, limit=SHOWN)
    return render_template("crm/health.html", health=found, letters=letters, revived=request.args.get("revived"))


@bp.post("/health/retry")
def retry() -> Response:
    """Send the named dead letters, or all, on their way again."""
    need_admin()
    ids = None if "all" in request.form else [id for id in request.form.getlist("id", type=int) if abs(id) <= MOST_ID]
    with services().database.transaction() as session:
        count = retry_dead(session, ids, clock=services().clock)
    return cast("Response", redirect(url_for("crm.health.health", revived=count), 303))
