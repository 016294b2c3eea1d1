"""Routes of the connections room: all behind the CRM's door, and for admins alone."""

from __future__ import annotations

from flask import Blueprint

from web.connections.by_crm import by_crm
from web.crm.access import guard_admin
from web.crm.shared import shared
from web.lazy import View, lazily

bp = Blueprint("connections", __name__, url_prefix="/connections")
bp.before_request(guard_admin)
bp.context_processor(shared)

_ACCOUNT = "/<installation_id>"
_EACH = "*."
"""Of the account's own CRM."""
PAGES = (
    ("GET", "", "index_pages", "index"),
    ("GET", "/hubspot/new", "hubspot.connect_pages", "new"),
    ("POST", "/hubspot", "hubspot.connect_pages", "connect"),
    ("GET", "/salesforce/new", "salesforce.connect_pages", "new"),
    ("POST", "/salesforce", "salesforce.connect_pages", "connect"),
    ("GET", _ACCOUNT, "*.account_pages", "overview"),
    ("POST", f"{_ACCOUNT}/probe", "*.account_pages", "look_again"),
    ("POST", f"{_ACCOUNT}/mode", "hubspot.account_pages", "choose_mode"),
    ("GET", f"{_ACCOUNT}/setup", "*.setup_pages", "setup"),
    ("POST", f"{_ACCOUNT}/setup", "*.setup_pages", "set_up"),
    ("POST", f"{_ACCOUNT}/key", "salesforce.setup_pages", "make_key"),
    ("POST", f"{_ACCOUNT}/certificate", "salesforce.setup_pages", "upload"),
    ("GET", f"{_ACCOUNT}/lists", "list_pages", "lists"),
    ("POST", f"{_ACCOUNT}/lists", "list_pages", "begin"),
    ("GET", f"{_ACCOUNT}/lists/<run_id>", "list_pages", "run"),
    ("POST", f"{_ACCOUNT}/lists/<run_id>/<any(pause, resume, cancel):act>", "list_pages", "steer"),
    ("GET", f"{_ACCOUNT}/check", "*.check_pages", "check"),
    ("POST", f"{_ACCOUNT}/check", "*.check_pages", "make_link"),
    ("GET", f"{_ACCOUNT}/queue", "queue_pages", "queue"),
    ("POST", f"{_ACCOUNT}/queue", "queue_pages", "retry"),
    ("GET", f"{_ACCOUNT}/leave", "*.leave_pages", "leave"),
    ("POST", f"{_ACCOUNT}/uninstall", "hubspot.leave_pages", "take_away"),
    ("POST", f"{_ACCOUNT}/disconnect", "*.leave_pages", "part"),
)


def _endpoint(module: str, name: str) -> str:
    # Pages without an account have a namesake for each CRM.
    return f"{module.partition('.')[0]}_{name}" if module.endswith(".connect_pages") else name


def _view(module: str, name: str) -> View:
    if module.startswith(_EACH):
        return by_crm(module.removeprefix(_EACH), name)
    return lazily(f"web.connections.{module}", name)


for method, rule, module, name in PAGES:
    bp.add_url_rule(rule, _endpoint(module, name), _view(module, name), methods=[method])
