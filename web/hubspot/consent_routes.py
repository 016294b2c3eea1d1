"""To HubSpot's consent page and back: for admins who are signed in here."""

from __future__ import annotations

from flask import Blueprint

from web.crm.access import guard_admin
from web.crm.shared import shared
from web.lazy import lazily

bp = Blueprint("hubspot_consent", __name__, url_prefix="/hubspot")
bp.before_request(guard_admin)
bp.context_processor(shared)
bp.add_url_rule("/install", "install", lazily("web.hubspot.consent", "install"))
bp.add_url_rule("/oauth/callback", "callback", lazily("web.hubspot.consent", "callback"))
