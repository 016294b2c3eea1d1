"""Routes of the connections room: all behind the CRM's door, and for admins alone."""

from __future__ import annotations

from flask import Blueprint

from web.crm.access import guard_admin
from web.crm.shared import shared
from web.lazy import lazily

bp = Blueprint("connections", __name__, url_prefix="/connections")
bp.before_request(guard_admin)
bp.context_processor(shared)

_ACCOUNT = "/<installation_id>"
PAGES = (
    ("GET", "", "account_pages", "index"),
    ("GET", "/hubspot/new", "connect_pages", "new"),
    ("POST", "/hubspot", "connect_pages", "connect"),
    ("GET", _ACCOUNT, "account_pages", "overview"),
    ("POST", f"{_ACCOUNT}/probe", "account_pages", "look_again"),
    ("POST", f"{_ACCOUNT}/mode", "account_pages", "choose_mode"),
    ("GET", f"{_ACCOUNT}/setup", "setup_pages", "setup"),
    ("POST", f"{_ACCOUNT}/setup", "setup_pages", "set_up"),
    ("GET", f"{_ACCOUNT}/lists", "list_pages", "lists"),
    ("POST", f"{_ACCOUNT}/lists", "list_pages", "begin"),
    ("GET", f"{_ACCOUNT}/lists/<run_id>", "list_pages", "run"),
    ("POST", f"{_ACCOUNT}/lists/<run_id>/<any(pause, resume, cancel):act>", "list_pages", "steer"),
    ("GET", f"{_ACCOUNT}/check", "check_pages", "check"),
    ("POST", f"{_ACCOUNT}/check", "check_pages", "make_link"),
    ("GET", f"{_ACCOUNT}/queue", "queue_pages", "queue"),
    ("POST", f"{_ACCOUNT}/queue", "queue_pages", "retry"),
    ("GET", f"{_ACCOUNT}/leave", "leave_pages", "leave"),
    ("POST", f"{_ACCOUNT}/uninstall", "leave_pages", "take_away"),
    ("POST", f"{_ACCOUNT}/disconnect", "leave_pages", "part"),
)
for method, rule, module, name in PAGES:
    bp.add_url_rule(rule, name, lazily(f"web.connections.{module}", name), methods=[method])
