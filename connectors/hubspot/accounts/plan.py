"""What setting a portal up would do: what is missing, what is there and fits, what is in the way. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from connectors.hubspot.accounts import assets, made
from connectors.hubspot.accounts.abilities import EVENTS_DEFINE, MEDIA_WRITE
from connectors.hubspot.accounts.assets import EventAsset, PropertyAsset
from connectors.hubspot.accounts.events import PATH as EVENTS, definitions
from connectors.hubspot.api.errors import MissingScopes, NotThere, Refused
from connectors.hubspot.api.version import API, MEDIA_BRIDGE
from connectors.hubspot.portal import Portal, refreshed
from plugin.campaigns.models import Campaign

PROPERTIES = f"/crm/properties/{API}/contacts"
GROUPS = f"{PROPERTIES}/groups"


class Fate(StrEnum):
    """What becomes of one thing."""

    MAKE = "make"
    MADE = "made"
    FITS = "fits"
    """It is there and can be used as it is."""
    CLASHES = "clashes"
    """Something else has its name."""
    SKIPPED = "skipped"
    """This account doesn't allow it; `why` says what it would take."""
    FAILED = "failed"
    """HubSpot refused it or didn't answer; `why` has its words."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a portal. `ours`: we made it, so uninstalling removes it."""

    kind: str
    name: str
    label: str
    fate: Fate
    why: str = ""
    ours: bool = False


Make = Callable[[Portal], None]
Planned = tuple[Item, Make | None]
"""A thing, and how it is made when it is to be."""


def plan(portal: Portal) -> tuple[Item, ...]:
    """What setting up would do, in the order it would; raises `HubSpotError`."""
    return tuple(item for item, _ in planned(refreshed(portal)))


def planned(portal: Portal) -> list[Planned]:
    """The plan with the calls that carry it out."""
    ours = made.ours(portal)
    found = [*_group(portal), *_properties(portal), *_events(portal), *_media_type(portal)]
    return [(replace(item, ours=(item.kind, item.name) in ours), make) for item, make in found]


def difference(asset: PropertyAsset, found: Mapping[str, Any]) -> str:
    """Why an existing property can't be used for ours, in words; empty when it can. Labels and groups may differ."""
    if found.get("archived"):
        return "a property of this name is archived: restore it in HubSpot, or delete it for good"
    if found.get("type") != asset.type:
        return f"a property of this name holds {found.get('type')}, not {asset.type}: rename or delete it in HubSpot"
    told = found.get("modificationMetadata")
    if found.get("calculated") or (isinstance(told, dict) and told.get("readOnlyValue")):
        return "a property of this name can't be written"
    listed = found.get("options")
    offered = {each.get("value") for each in listed if isinstance(each, dict)} if isinstance(listed, list) else set()
    lacking = [value for value, _ in asset.options if value not in offered]
    if lacking:
        return f"a property of this name lacks the option{'s' * (len(lacking) > 1)} {', '.join(lacking)}: add it"
    return ""


def group_planned() -> Planned:
    """The group our properties stand in, to be made."""
    body = {"name": assets.GROUP, "label": assets.GROUP_LABEL, "displayOrder": -1}
    return Item(assets.PROPERTY_GROUP, assets.GROUP, assets.GROUP_LABEL, Fate.MAKE), _posting(GROUPS, body)


def property_planned(asset: PropertyAsset, found: Mapping[str, Any] | None) -> Planned:
    """A contact property, as `found` or to be made."""
    item = Item(assets.PROPERTY, asset.name, asset.label, Fate.MAKE)
    if found is None:
        return item, _posting(PROPERTIES, asset.as_request())
    why = difference(asset, found)
    return replace(item, fate=Fate.CLASHES if why else Fate.FITS, why=why), None


def published_slugs(portal: Portal) -> Sequence[str]:
    """The campaigns of this portal that links can lead to."""
    with portal.database.reading() as session:
        return session.scalars(
            select(Campaign.slug)
            .where(Campaign.installation_id == portal.installation_id, Campaign.published_version.is_not(None))
            .order_by(Campaign.slug)
        ).all()


def _media_settings(portal: Portal) -> str:
    return f"/media-bridge/{MEDIA_BRIDGE}/{portal.config.app_id}/settings"


def _register_videos(portal: Portal) -> None:
    """Say that the app has videos; an app that isn't known as a source of media yet is made one first."""
    path, body = f"{_media_settings(portal)}/object-definitions", {"mediaTypes": [assets.VIDEO]}
    try:
        portal.api.call("POST", path, body=body)
    except (NotThere, Refused):
        at = int(portal.clock().timestamp() * 1000)
        portal.api.call("PUT", _media_settings(portal), body={"name": assets.GROUP_LABEL, "updatedAt": at})
        portal.api.call("POST", path, body=body)


def _group(portal: Portal) -> list[Planned]:
    item, make = group_planned()
    there = any(each.get("name") == assets.GROUP for each in portal.api.read("GET", GROUPS).results)
    return [(replace(item, fate=Fate.FITS), None) if there else (item, make)]


def _properties(portal: Portal) -> list[Planned]:
    known = {each.get("name"): each for each in portal.api.read("GET", PROPERTIES).results}
    wanted = assets.properties_for(published_slugs(portal))
    return [property_planned(asset, known.get(asset.name)) for asset in wanted]


def _events(portal: Portal) -> list[Planned]:
    items = [Item(assets.EVENT, event.name, event.label, Fate.MAKE) for event in assets.EVENTS]
    if EVENTS_DEFINE not in portal.config.scopes:
        why = f"custom events take Enterprise and the scope {EVENTS_DEFINE}"
        return [(replace(item, fate=Fate.SKIPPED, why=why), None) for item in items]
    known = definitions(portal.api)
    return [
        _event_planned(item, event, known.get(event.name)) for item, event in zip(items, assets.EVENTS, strict=True)
    ]


def _event_planned(item: Item, event: EventAsset, found: tuple[str, Mapping[str, Any]] | None) -> Planned:
    if found is None:
        return item, _posting(EVENTS, event.as_request())
    qualified, told = found
    listed = told.get("properties")
    # An older version of ours may have defined it with fewer.
    there = {each.get("name") for each in listed if isinstance(each, dict)} if isinstance(listed, list) else None
    lacking = [each for each in event.properties if there is not None and each.name not in there]
    if not lacking:
        return replace(item, fate=Fate.FITS), None
    why = f"its properties {', '.join(each.name for each in lacking)} are added"
    bodies = [each.as_event_property() for each in lacking]
    return replace(item, why=why), _posting(f"{EVENTS}/{qualified}/property", *bodies)


def _media_type(portal: Portal) -> list[Planned]:
    item = Item(assets.MEDIA_TYPE, assets.VIDEO, "Videos as a media type of the app", Fate.SKIPPED)
    if MEDIA_WRITE not in portal.config.scopes:
        return [(replace(item, why=f"Media Bridge takes the scope {MEDIA_WRITE}"), None)]
    if not portal.config.app_id:
        return [(replace(item, why="it takes the app's id: connect again with it"), None)]
    try:
        portal.api.read("GET", f"{_media_settings(portal)}/object-definitions/{assets.VIDEO}")
    except NotThere:
        return [(replace(item, fate=Fate.MAKE), _register_videos)]
    except Refused as error:
        return [(replace(item, why=str(error)), None)]
    except MissingScopes:
        return [(replace(item, why="only the app's developer account may see to it, once for all accounts"), None)]
    return [(replace(item, fate=Fate.FITS), None)]


def _posting(path: str, *bodies: Mapping[str, Any]) -> Make:
    def post(portal: Portal) -> None:
        for body in bodies:
            # A name is taken once, so trying again is harmless: what was made in a lost answer is told as there.
            portal.api.read("POST", path, body=dict(body))

    return post
