"""Going through a campaign, list view or report from any point: by id, two thousand records a call, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.runs.runner import Page
from connectors.salesforce.api.errors import UnknownName, Unwell
from connectors.salesforce.lists.find import members_of, view_of
from connectors.salesforce.lists.member import FIELDS, OBJECTS, Member, may_not, member_of, names_link
from connectors.salesforce.lists.reports import run_report
from connectors.salesforce.lists.soql_of_view import ViewQuery, parse_view
from connectors.salesforce.org import Org

ASKED = 2000
"""Records of one answer: the most Salesforce gives."""
PAGE = 200
"""Records of one page: the most one call writes."""
_WITHIN_S = 120.0
Ask = Callable[[str | None], tuple[Sequence[Member], bool]]
"""The members behind an id, in order, and whether there may be more."""


def pages_of(org: Org, source_kind: str, source_id: str, after: str | None) -> Iterator[Page]:
    """The members of a source behind a cursor; raises `NotThere`, `BadInput`, `NotAllowed`, `SalesforceError`."""
    if source_kind == "salesforce_report":
        return _pages(_of_report(org, source_id), after)
    if source_kind == "salesforce_list_view":
        return _pages(_of_view(org, source_id), after)
    query = members_of(source_id)
    return _pages(lambda behind: _ask(org, "CampaignMember", query, behind), after)


def read_many(org: Org, record_ids: Sequence[str]) -> dict[str, Member]:
    """Records as they are now, by id, up to `ASKED` of each object a call; whoever isn't there is missing."""
    found: dict[str, Member] = {}
    for prefix, name in OBJECTS.items():
        ids = [each for each in record_ids if each.startswith(prefix)]
        for start in range(0, len(ids), ASKED):
            body = {"ids": ids[start : start + ASKED], "fields": list(FIELDS[name])}
            rows = _read(org, name, "POST", f"composite/sobjects/{name}", body=body)
            members = [member_of(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            found |= {member.record_id: member for member in members}
    return found


def _pages(ask: Ask, after: str | None) -> Iterator[Page]:
    more = True
    while more:
        members, more = ask(after)
        for start in range(0, len(members), PAGE):
            page = members[start : start + PAGE]
            last = not more and start + PAGE >= len(members)
            yield Page(page, None if last else page[-1].record_id)
        if members:
            after = members[-1].record_id
        elif not more:
            yield Page((), None)


def _of_view(org: Org, view_id: str) -> Ask:
    kind, told = view_of(org, view_id)
    query = parse_view(told.get("query"))
    return lambda after: _ask(org, kind, query, after)


def _of_report(org: Org, report_id: str) -> Ask:
    ids = run_report(org, report_id).record_ids

    def ask(after: str | None) -> tuple[Sequence[Member], bool]:
        left = [each for each in ids if after is None or each > after]
        known = read_many(org, left)
        # Whoever was deleted or merged since is told as such by the page.
        return [known.get(each, Member(each, missing=True)) for each in left], False

    return ask


def _ask(org: Org, kind: str, query: ViewQuery, after: str | None) -> tuple[Sequence[Member], bool]:
    text = query.page(FIELDS[kind], after, ASKED)
    answer = _read(org, kind, "GET", "query/", params={"q": text})
    rows = answer.get("records") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise Unwell("Salesforce's answer lacks its records")
    # An answer may be cut short before the limit: what is behind its last record is asked for by id all the same.
    return [member_of(row) for row in rows], bool(rows) and (len(rows) == ASKED or answer.get("done") is False)


def _read(
    org: Org, kind: str, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Any = None
) -> Any:
    try:
        return org.api.read(method, path, params=params, body=body, within_s=_WITHIN_S)
    except UnknownName as error:
        raise may_not(kind, error) if names_link(error) else error from None
