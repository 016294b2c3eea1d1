"""Which page a path is; forms are taken from these pages only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.hubspot.sandbox.pages import accounts, consent, contacts, lists, logs
from connectors.hubspot.sandbox.pages.visit import Visit, asset
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import Problem, not_found
from connectors.sandbox.pages import from_here
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.hubspot.sandbox.server import Sandbox

_ROOTS = ("", "portals", "contacts", "oauth", "__style")


def answer(sandbox: Sandbox, request: Request) -> Answer | None:
    """The page at a path; None when it isn't a page's."""
    segments = request.segments
    if segments[0] not in _ROOTS or (segments[0] == "oauth" and segments[1:] != ["authorize"]):
        return None
    visit = Visit(sandbox, request, sandbox.portal)
    try:
        if request.method == "POST" and not from_here(sandbox.origin, request):
            raise Problem(403, "FORBIDDEN", "Forms are taken from the sandbox's own pages only.")
        return _page(visit, segments)
    except Problem as problem:
        return visit.show("problem.html", status=problem.status, problem=problem)


def _page(visit: Visit, segments: list[str]) -> Answer:
    match segments:
        case [""]:
            return visit.go("")
        case ["__style", name]:
            return asset(name)
        case ["oauth", "authorize"]:
            return consent.page(visit)
        # As HubSpot's own addresses of records are, so that links to them lead here.
        case ["contacts", number, "record", "0-1", contact_id] | ["contacts", number, "contact", contact_id]:
            visit.portal = _portal(visit, number)
            return visit.go(f"/contacts/{contact_id}")
        case ["portals", number, *rest]:
            visit.portal = _portal(visit, number)
            return _account_page(visit, rest)
    raise not_found("There is no such page.")


def _account_page(visit: Visit, rest: list[str]) -> Answer:
    room, more = (rest[0], rest[1:]) if rest else ("", [])
    pages = {
        "": accounts.page,
        "apps": accounts.apps,
        "contacts": contacts.page,
        "lists": lists.page,
        "workflows": logs.workflows,
        "webhooks": logs.webhooks,
        "faults": logs.faults,
        "calls": logs.calls,
    }
    if room not in pages:
        raise not_found("There is no such page.")
    return pages[room](visit, more)


def _portal(visit: Visit, number: str) -> Portal:
    return visit.sandbox.find_portal(int(number) if number.isdecimal() else 0)
