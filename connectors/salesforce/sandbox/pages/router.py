"""Which page a path is; forms are taken from these pages only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from connectors.salesforce.sandbox.pages import logs, record, setup, tables
from connectors.salesforce.sandbox.pages.visit import Visit
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.sandbox.pages import from_here, style
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox

_PAGES: Mapping[str, Callable[[Visit], Answer]] = {
    "": setup.home,
    "setup": setup.page,
    "calls": logs.calls,
    "callouts": logs.callouts,
    "trouble": logs.trouble,
}


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """The page at a path; a 404 page for any other."""
    visit = Visit(sandbox, request)
    try:
        if request.method == "POST" and not from_here(sandbox.origin, request):
            raise Problem("FORBIDDEN", "Forms are taken from the sandbox's own pages only.", 403)
        return _page(visit, request.segments)
    except Problem as problem:
        return visit.show("problem.html", status=problem.status, problem=problem)


def _page(visit: Visit, segments: list[str]) -> Answer:
    match segments:
        case ["__style", "style.css"]:
            return style()
        case [name] if name in _PAGES:
            return _PAGES[name](visit)
        case [name] if name in tables.TABLES:
            return tables.page(visit, name)
        case ["new", name]:
            return record.new(visit, name)
        case ["records", record_id]:
            return record.page(visit, record_id)
        # As Lightning's own addresses of records are, and the short ones, so that links to them lead here.
        case ["lightning", "r", _, record_id, "view"] | ["lightning", "r", record_id, "view"]:
            return visit.go(f"/records/{record_id}")
        case [record_id] if len(record_id) in (15, 18):
            return visit.go(f"/records/{record_id}")
    raise not_found("There is no such page.")
