"""Which handler a method and path belong to; a fixed part of a path goes before a `{name}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Route(Generic[H]):
    """`GET /…/{name}` and what answers it."""

    method: str
    template: str
    handler: H


@dataclass
class Routes(Generic[H]):
    """The routes of one room."""

    found: list[Route[H]] = field(default_factory=list)

    def __call__(self, method: str, template: str) -> Callable[[H], H]:
        """Decorate a handler: `@routes("GET", "/sobjects/{type}")`."""

        def keep(handler: H) -> H:
            self.found.append(Route(method, template, handler))
            return handler

        return keep


class Table(Generic[H]):
    """All routes."""

    def __init__(self, rooms: Sequence[Routes[H]]) -> None:
        self._root: dict[str, Any] = {}
        for route in (route for room in rooms for route in room.found):
            place = self._root
            for part in route.template.strip("/").split("/"):
                place = place.setdefault("{}" if part.startswith("{") else part, {})
            place.setdefault("", {})[route.method] = route

    def find(self, method: str, segments: Sequence[str]) -> tuple[Route[H], dict[str, str]] | None:
        """The route, with what the path says for its names."""
        methods = self._walk(self._root, segments)
        route: Route[H] | None = methods.get(method) if methods else None
        if route is None:
            return None
        parts = route.template.strip("/").split("/")
        return route, {part[1:-1]: value for part, value in zip(parts, segments, strict=True) if part.startswith("{")}

    def allowed(self, segments: Sequence[str]) -> Sequence[str]:
        """The methods the path exists for."""
        return sorted(self._walk(self._root, segments) or ())

    def _walk(self, place: dict[str, Any], segments: Sequence[str]) -> dict[str, Route[H]] | None:
        if not segments:
            found: dict[str, Route[H]] | None = place.get("")
            return found
        for key in (segments[0], "{}"):
            if key and key in place and (found := self._walk(place[key], segments[1:])):
                return found
        return None
