"""The app's settings page in HubSpot: how the connection stands, as the page draws it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.hubspot.accounts.abilities import NAMES, TIERS, modes_of
from connectors.hubspot.accounts.config import PortalConfig
from connectors.hubspot.accounts.scopes import ALL
from connectors.standing import standing
from plugin.outbox.health import OutboxHealth


def why_mode(config: PortalConfig) -> str:
    """Why the timeline is told as it is, in a sentence."""
    if config.chosen is not None and config.chosen == config.timeline:
        return "An admin of Segue chose it."
    if config.chosen is not None:
        return f"{NAMES[config.chosen].capitalize()} was chosen, but this account doesn't allow it (any more)."
    return "It is the best this account allows."


def settings_json(
    portal_id: str, label: str, config: PortalConfig, queue: OutboxHealth, *, admin_url: str, connected: bool = True
) -> dict[str, Any]:
    """The answer."""
    problem = config.problem
    if problem is None and queue.dead:
        problem = f"{queue.dead} message{'s' * (queue.dead != 1)} can't be delivered as they stand: see the queue."
    return {
        "connection": standing(config.problem, queue, connected=connected),
        "problem": problem if connected else problem or "The account isn't connected: connect it again.",
        "portalId": portal_id,
        "account": label,
        "mode": {
            "timeline": config.timeline,
            "why": why_mode(config),
            "available": [
                {"mode": mode.form, "possible": mode.possible, "needs": mode.needs}
                for mode in modes_of(config.scopes, config.events)
            ],
        },
        "scopes": [
            {
                "scope": scope.name,
                "granted": scope.name in config.scopes,
                "required": scope.required,
                "adds": scope.adds,
            }
            for scope in ALL
        ],
        "queue": {
            "pending": queue.pending,
            "waiting": queue.waiting,
            "dead": queue.dead,
            "oldestAgeS": round(queue.oldest_age_s),
            "lastError": queue.last_error,
            "lastDeliveredAt": _iso(queue.last_delivered_at),
        },
        "tier": TIERS.get(config.tier, config.tier),
        "checkedAt": _iso(config.probed),
        "adminUrl": admin_url,
    }


def unknown_json(portal_id: str, admin_url: str) -> dict[str, Any]:
    """The same for an account that isn't connected here."""
    return {
        "connection": "broken",
        "problem": "This account isn't connected to Segue: an admin connects it on the Segue server.",
        "portalId": portal_id,
        "account": "",
        "mode": {"timeline": "none", "why": "", "available": []},
        "scopes": [],
        "queue": {},
        "tier": "",
        "checkedAt": None,
        "adminUrl": admin_url,
    }


def _iso(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
