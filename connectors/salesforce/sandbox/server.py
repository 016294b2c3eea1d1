"""`Sandbox`: a Salesforce org on a port of this machine, for tests and for people."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from connectors.salesforce.sandbox import inspect, rooms
from connectors.salesforce.sandbox.api import describe
from connectors.salesforce.sandbox.api.call import Call, Handler
from connectors.salesforce.sandbox.api.query import Cursors
from connectors.salesforce.sandbox.oauth.apps import Logins
from connectors.salesforce.sandbox.oauth.consent import consent
from connectors.salesforce.sandbox.oauth.identity import revoke, session_of, who
from connectors.salesforce.sandbox.oauth.token import TokenEndpoint
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem, api_off, not_found, session_ended, too_many
from connectors.salesforce.sandbox.seed import found_org, plant
from connectors.salesforce.sandbox.trouble import BEFORE, MAINTENANCE, make_faults, problem_of
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.counts import Counts, Exchange
from connectors.sandbox.faults import SLOW, Fault
from connectors.sandbox.routes import Table
from connectors.sandbox.wire import Answer, Request, WireServer

LONGEST_TARGET = 16_384
"""Characters of a URL; a longer one is refused."""
_VERSION = re.compile(r"v\d\d\.\d")


class Sandbox:
    """A stateful Salesforce in this process.

    Use as a context manager, or `start()` and `stop()`; `origin` is what `SEGUE_SALESFORCE_SANDBOX` is set to.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        deployed: bool = True,
        seeded: bool = True,
        number: int = 1,
        app_origin: str = "http://127.0.0.1:8000",
    ) -> None:
        self.clock = SandboxClock()
        self.org = Org(self.clock, number=number)
        self.logins = Logins(self.org.id)
        self.faults = make_faults()
        self.counts = Counts()
        self.cursors = Cursors()
        self.app_origin = app_origin
        self._table: Table[Handler] = Table(rooms.ALL)
        self._port = port
        self._server: WireServer | None = None
        self.org.deploy(deployed)
        self.logins.apps[0].callbacks.append(f"{app_origin}/salesforce/oauth/callback")
        found_org(self.org, self.logins.apps[0])
        if seeded:
            plant(self.org)

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Sandbox:
        """Answer from a thread."""
        self._server = WireServer(self._port, self.answer)
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="salesforce-sandbox", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def sign_in(self, user_id: str = "") -> str:
        """An access token, without the ceremony: for the integration user, or another."""
        with self.org.lock:
            app = self.logins.apps[0]
            user_id = user_id or self.org.integration_id
            return self.logins.new_session(app, user_id, app.scopes, self.clock()).token

    # -- answering -----------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """Everything that comes in."""
        segments = request.segments
        if segments[0] not in ("services", "id"):
            with self.org.lock:
                return inspect.answer(self, request)
        began = time.perf_counter()
        struck = self.faults.strike(request.method, request.path)
        for fault in struck:
            if fault.kind == SLOW:
                time.sleep(fault.slow_ms / 1000)
        trouble = next((fault for fault in struck if fault.kind != SLOW), None)
        call: Call | None = None
        with self.org.lock:
            answer = self._before(trouble, request)
            committed = False
            if answer is None:
                answer, call = self._carry_out(request, segments)
                committed = answer.status < 300
            self.org.journal.close()
        if trouble is not None:
            answer = trouble.after(answer)
        self._note(request, answer, call, began, committed, trouble)
        if trouble is not None and trouble.hang_s and answer.cut_at is not None:
            time.sleep(trouble.hang_s)
        return answer

    def dispatch(
        self, request: Request, user_id: str, trouble: Callable[[], Problem | None], *, outer: Call | None = None
    ) -> Answer:
        """One request of the REST API by a user who is signed in; a part of a composite one has an `outer`."""
        call = self._call(request, user_id, trouble)
        if call is None:
            return self._unknown(request).answer()
        answer = _handled(call)
        if outer is not None and call[0].batch is not None:
            outer.batch = (outer.batch or 0) + call[0].batch
        return answer

    def _carry_out(self, request: Request, segments: list[str]) -> tuple[Answer, Call | None]:
        if segments[:2] == ["services", "oauth2"] or segments[0] == "id":
            return self._signing(request, segments), None
        if segments in (["services", "data"], ["services", "data", ""]):
            return describe.versions(), None
        if segments[:2] != ["services", "data"] or len(segments) < 3 or not _VERSION.fullmatch(segments[2]):
            return not_found().answer(), None
        if len(request.target) > LONGEST_TARGET:
            return Answer(414, b"<h1>URI Too Long</h1>", {"Content-Type": "text/html"}), None
        session = session_of(self.org, self.logins, request)
        if session is None:
            return session_ended().answer(), None
        if not self.org.has_api:
            return api_off().answer(), None
        now = self.clock()
        if not self.org.limits.take(now):
            return self._marked(too_many("TotalRequests").answer()), None
        found = self._call(request, session.user_id, lambda: self._item_trouble(request))
        if found is None:
            return self._marked(self._unknown(request).answer()), None
        return self._marked(_handled(found)), found[0]

    def _signing(self, request: Request, segments: list[str]) -> Answer:
        match segments[2] if segments[0] != "id" and len(segments) == 3 else "userinfo":
            case "token":
                return TokenEndpoint(self.org, self.logins, self.origin).answer(request)
            case "authorize":
                return consent(self.org, self.logins, request)
            case "revoke":
                return revoke(self.logins, request)
            case "userinfo":
                return who(self.org, self.logins, self.origin, request)
        return not_found().answer()

    def _call(
        self, request: Request, user_id: str, trouble: Callable[[], Problem | None]
    ) -> tuple[Call, Handler] | None:
        segments = request.segments
        found = self._table.find("GET" if request.method == "HEAD" else request.method, segments)
        if found is None:
            return None
        route, values = found
        call = Call(self, request, values, user_id, trouble=trouble)
        return call, route.handler

    def _unknown(self, request: Request) -> Problem:
        allowed = self._table.allowed(request.segments)
        if not allowed:
            return not_found()
        words = f"HTTP Method '{request.method[:20]}' not allowed. Allowed are {','.join(allowed)}"
        return Problem("METHOD_NOT_ALLOWED", words, 405)

    def _marked(self, answer: Answer) -> Answer:
        answer.headers |= self.org.limits.header(self.clock())
        return answer

    def _before(self, trouble: Fault | None, request: Request) -> Answer | None:
        if trouble is None or trouble.kind not in BEFORE:
            return None
        if trouble.kind == "cut":
            return Answer(cut_at=0)
        if trouble.kind == "maintenance":
            return Answer(503, MAINTENANCE, {"Content-Type": "text/html"})
        if trouble.kind == "session":
            token = request.headers.get("authorization", "").partition(" ")[2]
            self.logins.sessions.pop(token, None)
        return problem_of(trouble.kind).answer()

    def _item_trouble(self, request: Request) -> Problem | None:
        fault = self.faults.strike_item(request.method, request.path)
        return problem_of(fault.kind) if fault is not None else None

    def _note(
        self,
        request: Request,
        answer: Answer,
        call: Call | None,
        began: float,
        committed: bool,
        trouble: Fault | None,
    ) -> None:
        found = self._table.find(request.method, request.segments)
        exchange = Exchange(
            at=self.clock(),
            who=call.user_id if call is not None else "",
            method=request.method,
            target=request.target,
            template=found[0].template if found else request.path,
            request_headers=request.headers,
            request_body=request.body,
            status=0 if answer.cut_at is not None else answer.status,
            headers=answer.headers,
            body=answer.body,
            took_ms=(time.perf_counter() - began) * 1000,
            committed=committed,
            fault=trouble.kind if trouble is not None else "",
        )
        self.counts.note(exchange, call.batch if call is not None else None)


def _handled(found: tuple[Call, Handler]) -> Answer:
    call, handler = found
    mark = call.org.journal.mark()
    try:
        return handler(call)
    except Problem as problem:
        call.org.journal.back_to(mark)
        return problem.answer()
