"""Routes of the crm room: the whole of it stands behind `access.guard`."""

from __future__ import annotations

from flask import Blueprint, g

from web.crm import contact_pages, health_pages, sign_in
from web.crm.access import guard
from web.crm.present import ago
from web.services import services

bp = Blueprint("crm", __name__, url_prefix="/crm")
bp.before_request(guard)
for room in (sign_in, contact_pages, health_pages):
    bp.register_blueprint(room.bp)


@bp.context_processor
def shared() -> dict[str, object]:
    """What every screen of this room needs."""
    return {"viewer": g.get("crm_viewer"), "now": services().clock(), "ago": ago}
