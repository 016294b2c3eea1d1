"""Routes of the crm room: the whole of it stands behind `access.guard`."""

from __future__ import annotations

from flask import Blueprint

from web.crm import contact_pages, health_pages, sign_in
from web.crm.access import guard
from web.crm.shared import shared

bp = Blueprint("crm", __name__, url_prefix="/crm")
bp.before_request(guard)
bp.context_processor(shared)
for room in (sign_in, contact_pages, health_pages):
    bp.register_blueprint(room.bp)
