"""Setting an account up: first what would be made, then the making."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from connectors.hubspot.accounts.plan import Fate, Item, plan
from connectors.hubspot.accounts.provision import apply
from web.connections.hubspot.present import look, portal
from web.connections.present import attempt, page, to
from web.services import services

KINDS = {
    "property_group": "Property group",
    "property": "Contact property",
    "event_definition": "Custom event",
    "media_type": "Media type",
}


def setup(installation_id: str) -> Response:
    """What is there and what would be made; nothing is changed by looking."""
    account = look(installation_id)
    items, problem = attempt(lambda: plan(portal(installation_id)))
    return _shown(installation_id, items or (), problem, 200 if account.connected or problem else 422)


def set_up(installation_id: str) -> Response:
    """Make what is missing."""
    look(installation_id)
    items, problem = attempt(lambda: apply(portal(installation_id)))
    services().portals.forget(installation_id)
    if items is None:
        return _shown(installation_id, (), problem, 422)
    if any(item.fate in (Fate.FAILED, Fate.CLASHES) for item in items):
        return _shown(installation_id, items, None, 422)
    return to("setup", installation_id, done=str(sum(item.fate == Fate.MADE for item in items)))


def _shown(installation_id: str, items: Sequence[Item], problem: str | None, status: int) -> Response:
    return page(
        "hubspot/setup",
        look(installation_id),
        status,
        here_tab="setup",
        items=items,
        kinds=KINDS,
        problem=problem,
        to_make=sum(item.fate == Fate.MAKE for item in items),
        failed=sum(item.fate == Fate.FAILED for item in items),
    )
