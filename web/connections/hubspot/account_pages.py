"""One account: what it allows, what more would add, how its timeline is told."""

from __future__ import annotations

from typing import cast, get_args

from flask import Response, request

from connectors.hubspot.accounts.abilities import NAMES, TIERS, modes_of
from connectors.hubspot.accounts.config import Timeline, choose_timeline
from connectors.hubspot.accounts.probe import probe
from connectors.hubspot.accounts.scopes import ALL
from connectors.hubspot.inbound.settings_answer import why_mode
from plugin.kernel.errors import BadInput
from web.connections.hubspot.present import forget, look, portal
from web.connections.present import attempt, campaigns_of, page, to
from web.services import services

_GAINS = {
    "app_events": "The richest card on the contact’s timeline.",
    "media_bridge": "HubSpot’s own video card on the timeline, with lists, workflows and reports on it.",
    "custom_events": "Events on the timeline, to start workflows with and to report on.",
    "none": "Properties for lists and columns, and one note a visit on the timeline.",
}


def overview(installation_id: str) -> Response:
    """One account: health, what it allows, which way its timeline is told, scopes."""
    return _overview(installation_id)


def look_again(installation_id: str) -> Response:
    """Ask HubSpot now what the account allows."""
    known = look(installation_id)
    _, problem = attempt(lambda: probe(portal(installation_id)))
    forget(installation_id)
    if problem:
        return _overview(known.id, 422, problem=problem)
    return to("overview", installation_id, done="looked")


def choose_mode(installation_id: str) -> Response:
    """Tell what comes in this form from now on, or in the best there is."""
    chosen = request.form.get("mode", "")
    if chosen not in (*get_args(Timeline), "best"):
        raise BadInput("no such form of the timeline")
    form = None if chosen == "best" else cast("Timeline", chosen)

    def choose() -> None:
        with services().database.transaction() as session:
            choose_timeline(session, installation_id, form)

    look(installation_id)
    _, problem = attempt(choose)
    if problem:
        return _overview(installation_id, 422, problem=problem)
    forget(installation_id)
    return to("overview", installation_id, done="mode")


def _overview(installation_id: str, status: int = 200, *, problem: str | None = None) -> Response:
    account = look(installation_id)
    config = account.config
    with services().database.reading() as session:
        campaigns = campaigns_of(session, installation_id)
    return page(
        "hubspot/overview",
        account,
        status,
        here_tab="overview",
        problem=problem,
        campaigns=campaigns,
        tier=TIERS.get(config.tier, config.tier),
        modes=modes_of(config.scopes, config.events),
        gains=_GAINS,
        names=NAMES,
        why=why_mode(config),
        scopes=[(scope, scope.name in config.scopes) for scope in ALL],
    )
