"""Every room of the API, for the table of routes."""

from __future__ import annotations

from connectors.hubspot.sandbox import (
    account,
    app_events,
    batch,
    bonds,
    completions,
    custom_events,
    event_definitions,
    lists,
    media_bridge,
    media_settings,
    oauth,
    objects,
    preferences,
    properties,
    search,
)

ALL = [
    room.routes
    for room in (
        account,
        app_events,
        batch,
        bonds,
        completions,
        custom_events,
        event_definitions,
        lists,
        media_bridge,
        media_settings,
        oauth,
        objects,
        preferences,
        properties,
        search,
    )
]
