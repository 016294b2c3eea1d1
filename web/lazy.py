"""Views imported at their first request: what most servers never show needn't be loaded to start one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask.typing import ResponseReturnValue

View = Callable[..., ResponseReturnValue]


def lazily(module: str, name: str) -> View:
    """The view of that name in `module`."""

    def view(**given: Any) -> ResponseReturnValue:
        found: View = getattr(import_module(module), name)
        return found(**given)

    view.__name__ = name
    return view
