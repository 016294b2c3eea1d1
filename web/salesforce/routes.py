"""`/salesforce/link` and `/links`, and their description. Loaded with the first call: Salesforce's client is large."""

from __future__ import annotations

from flask import Blueprint

from web.lazy import lazily

bp = Blueprint("salesforce", __name__, url_prefix="/salesforce")
bp.add_url_rule("/links", "create_links", lazily("web.salesforce.answers", "create_links"), methods=["POST"])
bp.add_url_rule("/link", "create_link", lazily("web.salesforce.answers", "create_link"), methods=["POST"])
bp.add_url_rule("/openapi.json", "describe", lazily("web.salesforce.answers", "describe"))
