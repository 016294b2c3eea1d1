"""Setting a portal up: making what is missing, as often as one likes, and changing nothing that was there before.

What we make is written down (`made`) before it is made, so that a process killed in between leaves nothing we wouldn't
know as ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from connectors.hubspot.accounts import assets, made
from connectors.hubspot.accounts.abilities import EVENTS_DEFINE, modes_of, possible_of
from connectors.hubspot.accounts.assets import PropertyAsset
from connectors.hubspot.accounts.config import PortalConfig, change_config
from connectors.hubspot.accounts.events import definitions
from connectors.hubspot.accounts.plan import (
    GROUPS,
    PROPERTIES,
    Fate,
    Item,
    Make,
    group_planned,
    planned,
    property_planned,
)
from connectors.hubspot.api.errors import AlreadyThere, Disconnected, HubSpotError, NotThere
from connectors.hubspot.portal import Portal, refreshed

log = structlog.get_logger()

Progress = Callable[[Item], None]


def apply(portal: Portal, *, progress: Progress = lambda _: None) -> tuple[Item, ...]:
    """Make what `plan.plan` says is missing; what became of each thing. Stopped and run again, it goes on.

    One thing that can't be made doesn't keep the others from being made. Raises `Disconnected`, and other
    `HubSpotError`s while nothing has been made yet.
    """
    portal = refreshed(portal)
    done: list[Item] = []
    for item, make in planned(portal):
        settled = item if make is None else _make(portal, item, make)
        progress(settled)
        done.append(settled)
    if EVENTS_DEFINE in portal.config.scopes:
        _remember_events(portal)
    log.info(
        "hubspot.provisioned",
        installation_id=portal.installation_id,
        made=sum(item.fate == Fate.MADE for item in done),
        failed=sum(item.fate == Fate.FAILED for item in done),
    )
    return tuple(done)


def ensure_link_property(portal: Portal, slug: str, *, look: bool = False) -> str:
    """The name of the contact property for a campaign's links, made if need be, as is `segue_link` beside it.

    With `look` HubSpot is asked even when we made them before: they may have been deleted there. Raises `HubSpotError`
    when one can't be made or something else has its name.
    """
    asset = assets.link_property(slug)
    for each in (assets.LATEST_LINK, asset):
        _ensure(portal, each, look)
    return asset.name


def _ensure(portal: Portal, asset: PropertyAsset, look: bool) -> None:
    if not look and (made.fits(portal, asset.name) or made.is_ours(portal, assets.PROPERTY, asset.name)):
        return
    try:
        found = portal.api.read("GET", f"{PROPERTIES}/{asset.name}").body
    except NotThere:
        found = None
    item, make = property_planned(asset, found)
    if make is not None:
        if not made.is_ours(portal, assets.PROPERTY_GROUP, assets.GROUP):
            _make_group(portal)
        settled = _make(portal, item, make)
        if settled.fate == Fate.FAILED:
            # The group may be gone, or never have been made: we may have been killed just before.
            _make_group(portal)
            settled = _make(portal, item, make)
        item = settled
    if item.fate not in (Fate.MADE, Fate.FITS):
        raise HubSpotError(f"the contact property {asset.name} can't be used: {item.why}")
    made.remember_fit(portal, asset.name)


def _make_group(portal: Portal) -> None:
    group, make = group_planned()
    assert make is not None
    _make(portal, group, make)


def _make(portal: Portal, item: Item, make: Make) -> Item:
    new = made.note(portal, item.kind, item.name)
    try:
        make(portal)
    except Disconnected:
        if new:
            made.strike(portal, item.kind, item.name)
        raise
    except AlreadyThere as error:
        # Another process of ours may have been quicker; else somebody else has it, perhaps in the archive.
        ours = not new or _looks_ours(portal, item)
        if not ours:
            made.strike(portal, item.kind, item.name)
        fate = Fate.FITS if ours or item.kind == assets.PROPERTY_GROUP else Fate.CLASHES
        return replace(item, fate=fate, ours=ours, why="" if fate == Fate.FITS else f"{error}; perhaps it is archived")
    except HubSpotError as error:
        if new and 400 <= error.status < 500:
            made.strike(portal, item.kind, item.name)
        return replace(item, fate=Fate.FAILED, why=str(error))
    return replace(item, fate=Fate.MADE, ours=True)


def _looks_ours(portal: Portal, item: Item) -> bool:
    try:
        if item.kind == assets.EVENT:
            return item.name in definitions(portal.api)
        path = f"{GROUPS if item.kind == assets.PROPERTY_GROUP else PROPERTIES}/{item.name}"
        found = portal.api.read("GET", path).body
    except HubSpotError:
        return False
    return isinstance(found, dict) and found.get("label") == item.label and not found.get("archived")


def _remember_events(portal: Portal) -> None:
    events = {name: qualified for name, (qualified, _) in definitions(portal.api).items()}

    def changed(config: PortalConfig) -> PortalConfig:
        return replace(config, events=events, possible=possible_of(modes_of(config.scopes, events)))

    with portal.database.transaction() as session:
        change_config(session, portal.installation_id, changed)
