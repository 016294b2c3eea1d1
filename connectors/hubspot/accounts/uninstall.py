"""Taking away what we made in a portal, and nothing else: first as a list, then in deed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import structlog

from connectors.hubspot.accounts import assets, made
from connectors.hubspot.accounts.abilities import modes_of, possible_of
from connectors.hubspot.accounts.config import PortalConfig, change_config
from connectors.hubspot.accounts.events import PATH as EVENTS, definitions
from connectors.hubspot.accounts.plan import GROUPS, PROPERTIES
from connectors.hubspot.api.errors import Disconnected, HubSpotError, MissingScopes, NotThere
from connectors.hubspot.api.search import search, where
from connectors.hubspot.portal import Portal

log = structlog.get_logger()

_ORDER = (assets.EVENT, assets.PROPERTY, assets.PROPERTY_GROUP, assets.MEDIA_TYPE)
"""A group can go only once it is empty."""


class Removal(StrEnum):
    """What becomes of one thing."""

    REMOVE = "remove"
    REMOVED = "removed"
    GONE = "gone"
    """It isn't there any more."""
    KEPT = "kept"
    """It stays; `why` says why."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One thing we made. `holds`: so many contacts have a value in it, which goes with it; None: not known."""

    kind: str
    name: str
    label: str
    fate: Removal
    why: str = ""
    holds: int | None = None


Progress = Callable[[Leaving], None]


def uninstall_plan(portal: Portal) -> tuple[Leaving, ...]:
    """All that would be removed, with how many contacts hold a value in it; changes nothing. Raises `HubSpotError`."""
    leaving, _ = _leaving(portal)
    return tuple(
        replace(each, holds=_holds(portal, each.name))
        if each.kind == assets.PROPERTY and each.fate == Removal.REMOVE
        else each
        for each in leaving
    )


def uninstall(portal: Portal, *, progress: Progress = lambda _: None) -> tuple[Leaving, ...]:
    """Remove it; what became of each. Stopped and run again, it goes on. Raises `HubSpotError` before it begins, and
    `Disconnected`.

    What HubSpot won't let go (a property that a workflow uses, a group with somebody else's properties) stays, with
    HubSpot's reason, and stays known as ours.
    """
    leaving, qualified = _leaving(portal)
    done: list[Leaving] = []
    for each in leaving:
        settled = _remove(portal, each, qualified) if each.fate == Removal.REMOVE else each
        if settled.fate in (Removal.REMOVED, Removal.GONE):
            made.strike(portal, each.kind, each.name)
        progress(settled)
        done.append(settled)
    _forget_events(portal, {each.name for each in done if each.kind == assets.EVENT and each.fate != Removal.KEPT})
    log.info("hubspot.uninstalled", installation_id=portal.installation_id, things=len(done))
    return tuple(done)


def _leaving(portal: Portal) -> tuple[list[Leaving], Mapping[str, str]]:
    """What we made, each as it stands there, and the portal's own names of events."""
    ours = made.ours(portal)
    if not ours:
        return [], {}
    labels = {(assets.PROPERTY, each.get("name")): each.get("label") for each in _listed(portal, PROPERTIES)}
    labels |= {(assets.PROPERTY_GROUP, each.get("name")): each.get("label") for each in _listed(portal, GROUPS)}
    qualified, hidden = _events(portal, ours)
    labels |= {(assets.EVENT, event.name): event.label for event in assets.EVENTS if event.name in qualified}
    leaving = []
    for kind, name in sorted(ours, key=lambda pair: (_ORDER.index(pair[0]), pair[1])):
        label = labels.get((kind, name))
        found = Leaving(kind, name, label if isinstance(label, str) else "", Removal.REMOVE)
        if kind == assets.MEDIA_TYPE:
            found = replace(found, fate=Removal.KEPT, why="it belongs to the app and goes with it")
        elif kind == assets.EVENT and hidden:
            found = replace(found, fate=Removal.KEPT, why=hidden)
        elif (kind, name) not in labels:
            found = replace(found, fate=Removal.GONE)
        leaving.append(found)
    return leaving, qualified


def _listed(portal: Portal, path: str) -> Sequence[Mapping[str, Any]]:
    return portal.api.read("GET", path).results


def _events(portal: Portal, ours: Collection[tuple[str, str]]) -> tuple[Mapping[str, str], str]:
    if not any(kind == assets.EVENT for kind, _ in ours):
        return {}, ""
    try:
        return {name: qualified for name, (qualified, _) in definitions(portal.api).items()}, ""
    except MissingScopes as error:
        return {}, str(error)


def _holds(portal: Portal, name: str) -> int | None:
    try:
        return search(portal, "contacts", [[where(name, "HAS_PROPERTY")]], properties=[name], limit=1).total
    except Disconnected:
        raise
    except HubSpotError:
        return None


def _remove(portal: Portal, each: Leaving, qualified: Mapping[str, str]) -> Leaving:
    paths = {
        assets.PROPERTY: f"{PROPERTIES}/{each.name}",
        assets.PROPERTY_GROUP: f"{GROUPS}/{each.name}",
        assets.EVENT: f"{EVENTS}/{qualified.get(each.name, each.name)}",
    }
    try:
        portal.api.call("DELETE", paths[each.kind])
    except Disconnected:
        raise
    except NotThere:
        return replace(each, fate=Removal.GONE)
    except HubSpotError as error:
        return replace(each, fate=Removal.KEPT, why=str(error))
    return replace(each, fate=Removal.REMOVED)


def _forget_events(portal: Portal, names: Collection[str]) -> None:
    def changed(config: PortalConfig) -> PortalConfig:
        events = {name: qualified for name, qualified in config.events.items() if name not in names}
        return replace(config, events=events, possible=possible_of(modes_of(config.scopes, events)))

    if names:
        with portal.database.transaction() as session:
            change_config(session, portal.installation_id, changed)
