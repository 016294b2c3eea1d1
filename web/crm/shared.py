"""What every screen behind the CRM's door needs."""

from __future__ import annotations

from flask import g

from web.crm.present import ago
from web.services import services


def shared() -> dict[str, object]:
    """Who looks, and what time it is."""
    return {"viewer": g.get("crm_viewer"), "now": services().clock(), "ago": ago}
