"""Taking an account away again: what we made in it, and the connection itself."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from connectors.hubspot.accounts.disconnect import disconnect
from connectors.hubspot.accounts.uninstall import Leaving, Removal, uninstall, uninstall_plan
from web.connections.hubspot.present import forget, look, portal
from web.connections.hubspot.setup_pages import KINDS
from web.connections.present import attempt, page, sentence
from web.services import services


def leave(installation_id: str) -> Response:
    """All that would be removed, with how many contacts hold a value in it; nothing is changed by looking."""
    account = look(installation_id)
    if not account.connected:
        return _shown(installation_id, (), None, 200)
    leaving, problem = attempt(lambda: uninstall_plan(portal(installation_id)))
    return _shown(installation_id, leaving or (), problem, 200)


def take_away(installation_id: str) -> Response:
    """Remove what we made, and nothing else."""
    look(installation_id)
    gone, problem = attempt(lambda: uninstall(portal(installation_id)))
    services().portals.forget(installation_id)
    if gone is None:
        return _shown(installation_id, (), problem, 422)
    kept = any(each.fate == Removal.KEPT for each in gone)
    return _shown(installation_id, gone, None, 200, removed=True, kept=kept)


def part(installation_id: str) -> Response:
    """End the connection; HubSpot is told when it can be."""
    here = services()
    look(installation_id)
    parted = disconnect(here.database, here.vault, here.settings, installation_id)
    forget(installation_id)
    said = "Disconnected. The credential is forgotten; links, visits and what was told stay."
    return _shown(installation_id, (), None, 200, parted=f"{said} {sentence(parted.why)}" if parted.why else said)


def _shown(
    installation_id: str,
    leaving: Sequence[Leaving],
    problem: str | None,
    status: int,
    *,
    removed: bool = False,
    kept: bool = False,
    parted: str | None = None,
) -> Response:
    return page(
        "hubspot/leave",
        look(installation_id),
        status,
        here_tab="leave",
        leaving=leaving,
        kinds=KINDS,
        problem=problem,
        removed=removed,
        kept=kept,
        parted=parted,
        to_remove=sum(each.fate == Removal.REMOVE for each in leaving),
    )
