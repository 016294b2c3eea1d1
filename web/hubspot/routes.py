"""Routes HubSpot itself calls. Their code is loaded with the first call, as HubSpot's client is large."""

from __future__ import annotations

from flask import Blueprint

from web.lazy import lazily

bp = Blueprint("hubspot", __name__, url_prefix="/hubspot")

CALLS = {
    "/workflow/link": "workflow_link",
    "/webhooks": "webhooks",
    "/card": "show_card",
    "/card/copy": "copy_link",
    "/card/resend": "send_again",
    "/settings": "settings",
}
for path, name in CALLS.items():
    bp.add_url_rule(path, name, lazily("web.hubspot.answers", name), methods=["POST"])
