"""Whom an event is about: by contact id (a merged one will do), e-mail address, or not to be found."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import bad_json
from connectors.hubspot.sandbox.store import Record


def named(portal: Portal, told: dict[str, Any]) -> Record | None:
    """The contact that `objectId` or `email` names."""
    if told.get("objectId"):
        return portal.contact(str(told["objectId"]))
    return portal.contacts.by_value("email", str(told["email"])) if told.get("email") else None


def texts(told: Any) -> dict[str, str]:
    """`properties` of an event, all text; raises a 400 `Problem`."""
    if told is None:
        return {}
    if not isinstance(told, dict) or not all(isinstance(value, str | int | float | None) for value in told.values()):
        raise bad_json("properties must be an object of strings")
    return {name: _text(value) for name, value in told.items() if value is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
