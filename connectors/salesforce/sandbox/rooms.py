"""Every room of the REST API, for the table of routes."""

from __future__ import annotations

from connectors.salesforce.sandbox.api import changes, collections, composite, describe, limits, query, sobjects

ALL = [room.routes for room in (changes, collections, composite, describe, limits, query, sobjects)]
