"""`Sandbox`: HubSpot on a port of this machine, with any number of portals, for tests and for people."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any, Self

import structlog

from connectors.hubspot.sandbox import inspect, rooms
from connectors.hubspot.sandbox.app import App, Grants
from connectors.hubspot.sandbox.calls import Call, Route, Table, batch_size
from connectors.hubspot.sandbox.faults import before, make_faults
from connectors.hubspot.sandbox.fetches import Fetches
from connectors.hubspot.sandbox.later import Later
from connectors.hubspot.sandbox.limits import Limits
from connectors.hubspot.sandbox.outbound import Outbound
from connectors.hubspot.sandbox.pages import router as pages
from connectors.hubspot.sandbox.portal import Installation, Portal
from connectors.hubspot.sandbox.problems import Problem, expired, missing_scopes, no_credentials, not_found, too_many
from connectors.hubspot.sandbox.scopes import DEVELOPER, holds
from connectors.hubspot.sandbox.seed import plant
from connectors.hubspot.sandbox.shapes import conform
from connectors.hubspot.sandbox.webhooks import Webhooks
from connectors.hubspot.sandbox.workflows import Workflows
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.counts import Counts, Exchange
from connectors.sandbox.listening import Listening
from connectors.sandbox.wire import Answer, Request

log = structlog.get_logger()

_NOBODY = Installation(0, 0, "nobody", "static", frozenset(), Limits(0, None), "")


class Sandbox(Listening):
    """A stateful HubSpot in this process.

    `portals[0]` is there from the start. Use as a context manager, or `start()` and `stop()`; `origin` is what
    `SEGUE_HUBSPOT_API` and `SEGUE_HUBSPOT_APP` are set to.
    """

    def __init__(self, port: int = 0, *, tier: str = "enterprise", seeded: bool = True) -> None:
        super().__init__(port)
        self.clock = SandboxClock()
        self.app = App()
        self.grants = Grants()
        self.faults = make_faults()
        self.counts = Counts()
        self.crashes: list[Exception] = []
        """Failures of its own: none, or it has a defect."""
        self.later = Later(self.clock)
        outbound = Outbound(self.app, self.clock)
        self.workflows = Workflows(self.app, outbound, self.later)
        self.webhooks = Webhooks(self.app, outbound, self.later)
        self.fetches = Fetches(self.app, outbound)
        self.portals: list[Portal] = []
        self.developer_token = "developer-token"  # noqa: S105 - known to whoever runs the sandbox
        self._developer = Installation(
            0, self.app.id, "developer", "static", DEVELOPER, Limits(100, None), "", self.developer_token
        )
        self._table = Table(rooms.ALL)
        self.add_portal(24_601_001, tier=tier, seeded=seeded)

    @property
    def portal(self) -> Portal:
        """The first portal."""
        return self.portals[0]

    def add_portal(self, portal_id: int, *, tier: str = "enterprise", seeded: bool = False, **more: Any) -> Portal:
        """One more account."""
        made = Portal(portal_id, tier, self.clock, **more)
        if seeded:
            plant(made)
        made.listener = self.webhooks
        self.portals.append(made)
        return made

    def find_portal(self, portal_id: int) -> Portal:
        """The account with this id; raises the 404 `Problem`."""
        for portal in self.portals:
            if portal.id == portal_id:
                return portal
        raise not_found(f"there is no portal {portal_id}")

    def start(self) -> Self:
        """Answer from a thread; after `stop`, at the same address and with all it held."""
        self.later.start()
        return super().start()

    def stop(self) -> None:
        """Answer no more, send no more; open connections end."""
        self.later.stop()
        self.webhooks.forget()
        super().stop()

    def uninstall(self, portal: Portal, installation: Installation) -> None:
        """Take an app out of a portal: its tokens are dead at once."""
        installation.active = False
        portal.installations.pop(installation.app_id, None)
        self.grants.end(lambda held: (held.portal_id, held.app_id) == (portal.id, installation.app_id))

    def answer(self, request: Request) -> Answer:
        """Everything that comes in."""
        began = time.perf_counter()
        found = self._table.find(request.method, request.segments)
        if found is None and (other := self._beside(request)) is not None:
            return other
        struck = self.faults.strike(request.method, request.path)
        for fault in struck:
            if fault.kind == "slow":
                time.sleep(fault.slow_ms / 1000)
        trouble = next((fault for fault in struck if fault.kind != "slow"), None)
        portal: Portal | None = None
        installation, committed = _NOBODY, False
        try:
            portal, installation = self._who(request, found[0] if found else None)
            if portal is not None:
                with portal.lock:
                    installation.limits.arrive(self.clock())
            answer = before(trouble, installation.limits) if trouble else None
            if answer is None:
                answer = self._carry_out(request, found, portal, installation)
                committed = answer.status < 300
        except Problem as problem:
            answer = problem.answer()
        except Exception as error:
            answer = self._crashed(request, error)
        if portal is not None and found is not None and not found[0].search:
            answer.headers = {**installation.limits.headers(), **answer.headers}
        answer.headers["Date"] = formatdate(self.clock(), usegmt=True)
        if trouble is not None:
            answer = trouble.after(answer)
        injected = trouble.kind if trouble else ""
        self._note(request, found, answer, portal.id if portal else None, began, committed, injected)
        if trouble is not None and trouble.hang_s and answer.cut_at is not None:
            time.sleep(trouble.hang_s)
        return answer

    def _beside(self, request: Request) -> Answer | None:
        """The answer of the sandbox's own paths and pages."""
        try:
            return inspect.answer(self, request) or pages.answer(self, request)
        except Exception as error:
            return self._crashed(request, error)

    def _crashed(self, request: Request, error: Exception) -> Answer:
        self.crashes.append(error)
        log.exception("hubspot_sandbox.crashed", method=request.method, path=request.path)
        return Problem(500, "INTERNAL_ERROR", f"the sandbox failed: {error!r}").answer()

    def _who(self, request: Request, route: Route | None) -> tuple[Portal | None, Installation]:
        if route is None or route.open:
            return None, _NOBODY
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise no_credentials()
        if token == self.developer_token:
            return self.portal, self._developer
        if access := self.grants.access.get(token):
            now = self.clock()
            if now >= access.ends_at:
                raise expired(int(now - access.ends_at))
            return self.find_portal(access.installation.portal_id), access.installation
        for portal in self.portals:
            for installation in list(portal.installations.values()):
                if installation.token == token:
                    return portal, installation
        raise no_credentials()

    def _carry_out(
        self, request: Request, found: tuple[Route, dict[str, str]] | None, portal: Portal | None, who: Installation
    ) -> Answer:
        if found is None:
            known = self._table.known(request.segments)
            raise Problem(405 if known else 404, "NOT_FOUND", "Method Not Allowed" if known else "Not Found")
        route, values = found
        now = self.clock()
        call = Call(self, request, values, portal or self.portal, who, now)
        with call.portal.lock:
            if not route.open:
                if route.search and not call.portal.searches.free(now):
                    raise too_many("SECONDLY", "You have reached your secondly limit.", {})
                who.limits.take(now, call.portal.midnight())
                self._may(call, route)
            if route.shape is not None:
                conform(call.any_json(), route.shape)
            return route.handler(call)

    def _may(self, call: Call, route: Route) -> None:
        needs = route.needs(call)
        if not holds(call.installation.scopes, needs):
            raise missing_scopes(needs)
        # An account that went down a tier keeps its apps, but not what they may do.
        if call.installation is not self._developer:
            held = call.portal.grantable(app_events=self.app.app_events) | DEVELOPER
            if not holds(held & call.installation.scopes, needs):
                raise missing_scopes(needs)

    def _note(
        self,
        request: Request,
        found: tuple[Route, dict[str, str]] | None,
        answer: Answer,
        portal_id: int | None,
        began: float,
        committed: bool,
        fault: str,
    ) -> None:
        template = found[0].named(found[1]) if found else request.path
        exchange = Exchange(
            at=self.clock(),
            who=str(portal_id or ""),
            method=request.method,
            target=request.target,
            template=template,
            request_headers=request.headers,
            request_body=request.body,
            status=0 if answer.cut_at is not None else answer.status,
            headers=answer.headers,
            body=answer.body,
            took_ms=(time.perf_counter() - began) * 1000,
            committed=committed,
            fault=fault,
        )
        self.counts.note(exchange, batch_size(request) if "batch" in template else None)
