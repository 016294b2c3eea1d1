"""One call of the API as its handler sees it, and the table that finds the handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from connectors.hubspot.sandbox.definitions import BY_NAME, ObjectType
from connectors.hubspot.sandbox.portal import Installation, Portal
from connectors.hubspot.sandbox.problems import Problem, bad_json, invalid
from connectors.hubspot.sandbox.shapes import Shape
from connectors.hubspot.sandbox.store import Store
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.hubspot.sandbox.server import Sandbox


@dataclass(slots=True)
class Call:
    """A request with who asks: `portal` and `installation` are those of its token."""

    sandbox: Sandbox
    request: Request
    values: dict[str, str]
    """Of the path's `{names}`."""
    portal: Portal
    installation: Installation
    now: float

    def json(self) -> dict[str, Any]:
        """The body as an object; raises a 415 or 400 `Problem`."""
        body = self.any_json()
        if not isinstance(body, dict):
            raise bad_json("Cannot deserialize value from a body that is no object")
        return body

    def any_json(self) -> Any:
        """The body as whatever JSON it is; raises a 415 or 400 `Problem`."""
        if self.request.parsed is not None:
            return self.request.parsed
        if "json" not in self.request.headers.get("content-type", ""):
            raise Problem(415, "VALIDATION_ERROR", "Unsupported Media Type: send application/json")
        try:
            self.request.parsed = orjson.loads(self.request.body)
        except orjson.JSONDecodeError as error:
            raise bad_json(f"on line {error.lineno}, column {error.colno}: {error.msg}") from None
        return self.request.parsed

    def inputs(self, most: int) -> list[dict[str, Any]]:
        """`inputs` of a batch; raises a 400 `Problem` when there are none or too many."""
        inputs = self.json().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
            raise invalid("Some required fields were not set: [inputs]")
        return counted(inputs, most)

    def one(self, name: str) -> str | None:
        """A query parameter's value."""
        return next(iter(self.request.query.get(name, ())), None)

    def many(self, name: str) -> list[str]:
        """A query parameter's values: repeated or separated by commas."""
        return [part for text in self.request.query.get(name, []) for part in text.split(",") if part]

    def whole(self, name: str, default: int, most: int) -> int:
        """A query parameter that is a whole number from 1; raises a 400 `Problem`."""
        text = self.one(name)
        if not text:
            return default
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise invalid(f"{name} must be a number between 1 and {most}, was {text[:40]}")
        return int(text)

    @property
    def kind(self) -> ObjectType:
        """The object type the path names; raises a 400 `Problem` for one there isn't."""
        return object_type(self.values["objectType"])

    @property
    def store(self) -> Store:
        """Its records in this portal."""
        return self.portal.stores[self.kind.name]


def object_type(name: str) -> ObjectType:
    """A type by any of its names; raises a 400 `Problem`."""
    found = BY_NAME.get(name.lower())
    if found is None:
        raise invalid(f"Unable to infer object type from: {name[:80]}")
    return found


def counted(inputs: list[Any], most: int) -> list[Any]:
    """The inputs, when there are some and not too many; raises a 400 `Problem`."""
    if not inputs:
        raise invalid("Some required fields were not set: [inputs]")
    if len(inputs) > most:
        raise invalid(
            f"The maximum number of inputs supported in a batch request is {most} but {len(inputs)} were given"
        )
    return inputs


def batch_size(request: Request) -> int | None:
    """How many `inputs` its JSON has, once read; None when it is no batch."""
    inputs = request.parsed.get("inputs") if isinstance(request.parsed, dict) else None
    return len(inputs) if isinstance(inputs, list) else None


Needs = Callable[[Call], Sequence[str]]
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers a path: `needs` names scopes of which one must be granted."""

    method: str
    template: str
    handler: Handler
    needs: Needs
    shape: Shape = None
    """What its body must be like; None: it has none, or one of another kind."""
    search: bool = False
    open: bool = False
    """No token is asked for: the portal is nobody's."""

    def named(self, values: Mapping[str, str]) -> str:
        """Its template with the object type put in."""
        kind = BY_NAME.get(values.get("objectType", ""))
        return self.template.replace("{objectType}", kind.name) if kind else self.template


@dataclass
class Routes:
    """The routes of one room."""

    found: list[Route] = field(default_factory=list)

    def __call__(
        self,
        method: str,
        template: str,
        needs: Needs | Sequence[str] = (),
        *,
        shape: Shape = None,
        search: bool = False,
        open: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Decorate a handler: `@routes("GET", "/crm/…/{objectType}", reading_of)`."""
        wanted: Needs = needs if callable(needs) else lambda _: needs

        def keep(handler: Handler) -> Handler:
            self.found.append(Route(method, template, handler, wanted, shape, search, open))
            return handler

        return keep


class Table:
    """All routes, found by method and path; a fixed part of a path goes before a `{name}`."""

    def __init__(self, rooms: Sequence[Routes]) -> None:
        self._root: dict[str, Any] = {}
        for route in (route for room in rooms for route in room.found):
            place = self._root
            for part in route.template.strip("/").split("/"):
                place = place.setdefault("{}" if part.startswith("{") else part, {})
            place.setdefault("", {})[route.method] = route

    def find(self, method: str, segments: Sequence[str]) -> tuple[Route, dict[str, str]] | None:
        """The route, with what the path says for its names."""
        methods = self._walk(self._root, segments)
        route: Route | None = methods.get(method) if methods else None
        if route is None:
            return None
        parts = route.template.strip("/").split("/")
        return route, {part[1:-1]: value for part, value in zip(parts, segments, strict=True) if part.startswith("{")}

    def known(self, segments: Sequence[str]) -> bool:
        """Whether the path exists for any method."""
        return self._walk(self._root, segments) is not None

    def _walk(self, place: dict[str, Any], segments: Sequence[str]) -> dict[str, Route] | None:
        if not segments:
            found: dict[str, Route] | None = place.get("")
            return found
        for key in (segments[0], "{}"):
            if key and key in place and (found := self._walk(place[key], segments[1:])):
                return found
        return None
