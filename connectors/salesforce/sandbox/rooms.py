"""Every room of the REST API, for the table of routes."""

from __future__ import annotations

from connectors.salesforce.sandbox.api import (
    bulk,
    bulk_query,
    changes,
    collections,
    composite,
    describe,
    limits,
    list_views,
    query,
    reports,
    sobjects,
)

ALL = [
    room.routes
    for room in (
        bulk,
        bulk_query,
        changes,
        collections,
        composite,
        describe,
        limits,
        list_views,
        query,
        reports,
        sobjects,
    )
]
