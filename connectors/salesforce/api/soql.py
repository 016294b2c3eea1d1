"""Queries with values in them: escaped by the client's own rules, never by hand."""

from __future__ import annotations

from simple_salesforce.format import format_soql


def soql(query: str, **values: object) -> str:
    """A query with its values escaped in place of `{name}` (simple-salesforce's rules); never put one in yourself."""
    text: str = format_soql(query, **values)
    return text
