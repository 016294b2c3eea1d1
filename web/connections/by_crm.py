"""Addresses every CRM's accounts have, each answered by its own CRM's code."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask.typing import ResponseReturnValue

from web.connections.present import crm_of
from web.lazy import View


def by_crm(module: str, name: str) -> View:
    """The view of that name in `web.connections.<crm>.<module>`, loaded at its first request."""

    def view(installation_id: str, **given: Any) -> ResponseReturnValue:
        package = f"web.connections.{crm_of(installation_id)}"
        found: View = getattr(import_module(f"{package}.{module}"), name)
        return found(installation_id, **given)

    view.__name__ = name
    return view
