"""From a request of a signed-in user to its handler, and a refusal for everything no handler answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from connectors.salesforce.sandbox import rooms
from connectors.salesforce.sandbox.api.call import Call, Handler
from connectors.salesforce.sandbox.problems import Problem, not_found, unwell
from connectors.sandbox.routes import Table
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox

log = structlog.get_logger()

Trouble = Callable[[], Problem | None]


class Dispatch:
    """The REST API of one sandbox. `crashes` holds what no answer was foreseen for: tests look that it stays empty."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._table: Table[Handler] = Table(rooms.ALL)
        self.crashes: list[Exception] = []

    def answer(self, request: Request, user_id: str, trouble: Trouble) -> tuple[Answer, Call | None]:
        """What is answered, and the call it became (None: no such path)."""
        method = "GET" if request.method == "HEAD" else request.method
        found = self._table.find(method, request.segments)
        if found is None:
            return self._unknown(request).answer(), None
        route, values = found
        call = Call(self._sandbox, request, values, user_id, trouble=trouble)
        mark = call.org.journal.mark()
        try:
            return route.handler(call), call
        except Problem as problem:
            call.org.journal.back_to(mark)
            return problem.answer(), call
        except Exception as error:
            call.org.journal.back_to(mark)
            return self.crashed(request, error), call

    def crashed(self, request: Request, error: Exception) -> Answer:
        """A fault of the sandbox's own: said aloud, and kept."""
        self.crashes.append(error)
        log.exception("salesforce_sandbox.crashed", method=request.method, path=request.path)
        return unwell(500).answer()

    def template(self, request: Request) -> str:
        """The route of a request; its path where there is none."""
        found = self._table.find(request.method, request.segments)
        return found[0].template if found else request.path

    def _unknown(self, request: Request) -> Problem:
        allowed = self._table.allowed(request.segments)
        if not allowed:
            return not_found()
        words = f"HTTP Method '{request.method[:20]}' not allowed. Allowed are {','.join(allowed)}"
        return Problem("METHOD_NOT_ALLOWED", words, 405)
