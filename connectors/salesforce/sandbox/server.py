"""`Sandbox`: a Salesforce org on a port of this machine, for tests and for people."""

from __future__ import annotations

import re
import time
from email.utils import formatdate

from connectors.salesforce.sandbox import inspect
from connectors.salesforce.sandbox.api import describe
from connectors.salesforce.sandbox.api.bulk_query import QueryJob
from connectors.salesforce.sandbox.api.bulk_work import Jobs
from connectors.salesforce.sandbox.api.call import Call
from connectors.salesforce.sandbox.api.dispatch import Dispatch
from connectors.salesforce.sandbox.api.list_views import ListView
from connectors.salesforce.sandbox.api.query import Cursors
from connectors.salesforce.sandbox.api.reports import Report
from connectors.salesforce.sandbox.callouts.certificate import Certificate
from connectors.salesforce.sandbox.callouts.journey import JourneyActivity
from connectors.salesforce.sandbox.callouts.links import LinkAction, NamedCredential
from connectors.salesforce.sandbox.oauth.apps import Logins
from connectors.salesforce.sandbox.oauth.identity import session_of
from connectors.salesforce.sandbox.oauth.rooms import signing
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.pages import router
from connectors.salesforce.sandbox.problems import Problem, api_off, not_found, session_ended, too_many
from connectors.salesforce.sandbox.seed import found_org, plant
from connectors.salesforce.sandbox.seed_lists import planted_reports, planted_views
from connectors.salesforce.sandbox.trouble import BEFORE, MAINTENANCE, make_faults, problem_of
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.counts import Counts, Exchange
from connectors.sandbox.faults import SLOW, Fault
from connectors.sandbox.listening import Listening
from connectors.sandbox.wire import Answer, Request

LONGEST_TARGET = 16_384
"""Characters of a URL; a longer one is refused."""
_VERSION = re.compile(r"v\d\d\.\d")


class Sandbox(Listening):
    """A stateful Salesforce in this process.

    Use as a context manager, or `start()` and `stop()`; `origin` is what `SEGUE_SALESFORCE_SANDBOX` is set to.
    `app_origin` is where Segue is: what the org's Named Credential and app name.
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
        super().__init__(port)
        self.clock = SandboxClock()
        self.org = Org(self.clock, number=number)
        self.logins = Logins(self.org.id)
        self.faults = make_faults()
        self.counts = Counts()
        self.cursors = Cursors()
        self.jobs = Jobs()
        self.query_jobs: dict[str, QueryJob] = {}
        self.views: list[ListView] = []
        self.reports: list[Report] = []
        self.app_origin = app_origin
        self.certificate = Certificate("segue_sandbox_org")
        self.links = LinkAction(self.org, NamedCredential(app_origin), self.certificate)
        self.journey = JourneyActivity(self.org, f"{app_origin}/salesforce/journey/execute")
        self.api = Dispatch(self)
        self.org.deploy(deployed)
        self.logins.apps[0].callbacks.append(f"{app_origin}/salesforce/oauth/callback")
        found_org(self.org, self.logins.apps[0])
        if seeded:
            plant(self.org)
            self.views += planted_views()
            self.reports += planted_reports()

    def sign_in(self, user_id: str = "") -> str:
        """An access token, without the ceremony: for the integration user, or another."""
        with self.org.lock:
            app = self.logins.apps[0]
            user_id = user_id or self.org.integration_id
            return self.logins.new_session(app, user_id, app.scopes, self.clock()).token

    def answer(self, request: Request) -> Answer:
        """Everything that comes in."""
        segments = request.segments
        if segments[0] not in ("services", "id"):
            return self._beside(request)
        began = time.perf_counter()
        struck = self.faults.strike(request.method, request.path)
        for fault in struck:
            if fault.kind == SLOW:
                time.sleep(fault.slow_ms / 1000)
        trouble = next((fault for fault in struck if fault.kind != SLOW), None)
        call: Call | None = None
        committed = False
        with self.org.lock:
            answer = self._before(trouble, request)
            if answer is None:
                answer, call = self._carry_out(request, segments)
                committed = answer.status < 300
            self.org.journal.close()
            if segments[:2] == ["services", "data"]:
                answer.headers |= self.org.limits.header(self.clock())
            answer.headers["Date"] = formatdate(self.clock(), usegmt=True)
        if trouble is not None:
            answer = trouble.after(answer)
        self._note(request, answer, call, began, committed, trouble)
        if trouble is not None and trouble.hang_s and answer.cut_at is not None:
            time.sleep(trouble.hang_s)
        return answer

    def _beside(self, request: Request) -> Answer:
        """The sandbox's own paths and pages. They lock the org themselves: some call Segue, which may ask it back."""
        try:
            return inspect.answer(self, request) or router.answer(self, request)
        except Exception as error:
            return self.api.crashed(request, error)

    def _carry_out(self, request: Request, segments: list[str]) -> tuple[Answer, Call | None]:
        if segments[:2] == ["services", "oauth2"] or segments[0] == "id":
            return signing(self.org, self.logins, self.origin, request), None
        if segments == ["services", "data"]:
            return describe.versions(), None
        if segments[:2] != ["services", "data"] or not _VERSION.fullmatch(segments[2]):
            return not_found().answer(), None
        if len(request.target) > LONGEST_TARGET:
            return Answer(414, b"<h1>URI Too Long</h1>", {"Content-Type": "text/html"}), None
        session = session_of(self.org, self.logins, request)
        if session is None:
            return session_ended().answer(), None
        if not self.org.has_api:
            return api_off().answer(), None
        now = self.clock()
        call: Call | None = None
        if self.org.limits.take(now):
            answer, call = self.api.answer(request, session.user_id, lambda: self._item_trouble(request))
        else:
            answer = too_many("TotalRequests").answer()
        return answer, call

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
        exchange = Exchange(
            at=self.clock(),
            who=call.user_id if call is not None else "",
            method=request.method,
            target=request.target,
            template=self.api.template(request),
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
