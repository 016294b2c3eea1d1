"""`GET /healthz`: is this process able to do its work."""

from __future__ import annotations

from flask import Blueprint, Response

from web.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """200 when the database answers, its file still there with room to grow; the edge turns `Busy` into 503."""
    services().database.ping()
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})
