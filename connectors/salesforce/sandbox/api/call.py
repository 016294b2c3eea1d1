"""One call of the REST API as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem, bad_json, not_found
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.write import Writer
from connectors.sandbox.routes import Routes
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox

BASE = "/services/data/{version}"


@dataclass(slots=True)
class Call:
    """A request with who asks."""

    sandbox: Sandbox
    request: Request
    values: dict[str, str]
    """Of the path's `{names}`."""
    user_id: str
    batch: int | None = None
    """How many records it was about, once that is known."""
    trouble: Callable[[], Problem | None] = field(default=lambda: None)

    @property
    def org(self) -> Org:
        """The org asked."""
        return self.sandbox.org

    @property
    def version(self) -> str:
        """`v67.0`, as the path says."""
        return self.values.get("version", "v67.0")

    @property
    def writer(self) -> Writer:
        """Writes as the user who asks."""
        return Writer(self.org, self.user_id, self.trouble)

    @property
    def kind(self) -> ObjectKind:
        """The object the path names; raises the 404 `Problem`."""
        return self.kind_named(self.values["type"])

    def kind_named(self, name: str) -> ObjectKind:
        """An object by name; raises the 404 `Problem` for one that isn't there, or isn't for this user."""
        found = self.org.schema.readable(self.user_id, name)
        if found is None:
            raise not_found()
        return found

    def json(self) -> dict[str, Any]:
        """The body as an object; raises a `Problem`."""
        body = self.any_json()
        if not isinstance(body, dict):
            raise bad_json("The HTTP entity body is required, but this request has no entity body.")
        return body

    def any_json(self) -> Any:
        """The body as whatever JSON it is; raises a `Problem`."""
        if self.request.parsed is not None:
            return self.request.parsed
        if "json" not in self.request.headers.get("content-type", ""):
            words = "The content-type header is not supported by this resource; use application/json"
            raise Problem("UNSUPPORTED_MEDIA_TYPE", words, 415)
        try:
            self.request.parsed = orjson.loads(self.request.body)
        except orjson.JSONDecodeError as error:
            raise bad_json(f"{error.msg} at [line:{error.lineno}, column:{error.colno}]") from None
        return self.request.parsed

    def one(self, name: str, default: str = "") -> str:
        """A query parameter's value."""
        return next(iter(self.request.query.get(name, ())), default)

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false."""
        return self.one(name).lower() == "true"

    def whole(self, name: str, default: int, most: int) -> int:
        """A query parameter that is a whole number; raises a `Problem`."""
        text = self.one(name) or str(default)
        if not text.isdecimal() or int(text) > most:
            raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"{name}: invalid number '{text[:20]}', at most {most}")
        return int(text)

    def url(self, *parts: str) -> str:
        """A path of this version."""
        return "/".join([f"/services/data/{self.version}", *(quote(part, safe="") for part in parts)])


Handler = Callable[[Call], Answer]
ApiRoutes = Routes[Handler]
