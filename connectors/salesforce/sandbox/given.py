"""What a page's form or a test's JSON gives, read as what it is meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.salesforce.sandbox.problems import Problem

_YES, _NO = ("true", "on", "1", "yes"), ("false", "off", "0", "no", "")


class Given:
    """Values by name; each way to read one raises a 400 `Problem` that names it."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """One line or many; without a default it has to be there."""
        value = self._values.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise wrong(f"{name} is a text")
        return value.strip()

    def many(self, name: str) -> list[str]:
        """A list, or one a line."""
        value = self._values.get(name, [])
        listed = value.split("\n") if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise wrong(f"{name} is a list of texts")
        return [each.strip() for each in listed if each.strip()]

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = str(self._values.get(name, default)).lower()
        if value not in (*_YES, *_NO):
            raise wrong(f"{name} is true or false")
        return value in _YES

    def number(self, name: str, most: float = 1e9) -> float:
        """From nought up."""
        try:
            found = float(self._values[name])
        except (KeyError, TypeError, ValueError):
            raise wrong(f"{name} is a number") from None
        if not 0 <= found <= most:
            raise wrong(f"{name} is a number from 0 to {most:g}")
        return found

    def mapping(self, name: str) -> dict[str, str]:
        """Texts by name."""
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise wrong(f"{name} is an object")
        return {str(key): str(each) for key, each in value.items()}


def wrong(words: str) -> Problem:
    """400: what was given can't be that."""
    return Problem("SANDBOX", words, 400)
