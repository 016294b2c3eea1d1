"""To Salesforce's consent page and back: for admins who are signed in here."""

from __future__ import annotations

from flask import Blueprint

from web.crm.access import guard_admin
from web.crm.shared import shared
from web.lazy import lazily

bp = Blueprint("salesforce_consent", __name__, url_prefix="/salesforce")
bp.before_request(guard_admin)
bp.context_processor(shared)
bp.add_url_rule("/install", "install", lazily("web.salesforce.consent", "install"))
bp.add_url_rule("/install", "install_with", lazily("web.salesforce.consent", "install_with"), methods=["POST"])
bp.add_url_rule("/oauth/callback", "callback", lazily("web.salesforce.consent", "callback"))
