"""Where an org keeps people a run can be over: its campaigns, list views and reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from connectors.runs.run import Source
from connectors.salesforce.api.errors import NotThere, SalesforceError, UnknownName
from connectors.salesforce.api.soql import soql
from connectors.salesforce.lists.reports import run_report
from connectors.salesforce.lists.soql_of_view import ViewQuery, parse_view
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from plugin.kernel.errors import BadInput, NotFound

Kind = Literal["campaign", "list_view", "report"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SOURCES = tuple(f"salesforce_{kind}" for kind in KINDS)
"""As kinds of sources of runs."""
WORDS: Mapping[str, str] = {"campaign": "campaign", "list_view": "list view", "report": "report"}
_MOST = 200
_PREFIX = {"701": "campaign", "00B": "list_view", "00O": "report"}


@dataclass(frozen=True, slots=True)
class Place:
    """A campaign, list view or report."""

    kind: Kind
    id: str
    name: str
    about: str
    """A campaign's status; what a list view lists."""


def find_places(org: Org, kind: Kind, words: str = "", *, limit: int = 50) -> tuple[Place, ...]:
    """Those whose name holds `words`, campaigns the newest first; raises `SalesforceError`.

    Salesforce tells the reports our user saw last, up to 200: any other is chosen by its id.
    """
    most = min(max(limit, 1), _MOST)
    if kind == "campaign":
        return tuple(_campaigns(org, words, most))
    found = _list_views(org) if kind == "list_view" else _reports(org)
    return tuple([each for each in found if words.lower() in each.name.lower()][:most])


def kind_of(place_id: str) -> Kind:
    """What an id is one of, by its first characters; raises `BadInput`."""
    kind = _PREFIX.get(long_id(place_id)[:3])
    for each in KINDS:
        if each == kind:
            return each
    raise BadInput("that is the id of no campaign (701…), list view (00B…) or report (00O…)")


def source_of(org: Org, place_id: str) -> Source:
    """A campaign, list view or report as a run takes it, with its members counted.

    Raises `NotFound`; `BadInput` for one no run can be over, a report of more than 2,000 rows among them;
    `SalesforceError`.
    """
    kind, place_id = kind_of(place_id), long_id(place_id)
    try:
        name, size = {"campaign": _campaign, "list_view": _list_view, "report": _report}[kind](org, place_id)
    except NotThere:
        raise NotFound(f"Salesforce has no {WORDS[kind]} {place_id} that our user may see") from None
    return Source(f"salesforce_{kind}", place_id, name[:200], size)


def view_of(org: Org, view_id: str) -> tuple[str, Mapping[str, Any]]:
    """Contact or Lead, and how the org describes the list view; raises `NotThere` or `SalesforceError`."""
    missing: SalesforceError | None = None
    for kind in ("Contact", "Lead"):
        try:
            told = org.api.read("GET", f"sobjects/{kind}/listviews/{view_id}/describe")
        except NotThere as error:
            missing = error
            continue
        return kind, told if isinstance(told, dict) else {}
    raise missing or NotThere("no such list view")


def members_of(campaign_id: str) -> ViewQuery:
    """A campaign's members that are people: accounts can be members too, and get no link."""
    where = soql("CampaignId = {id} AND (ContactId != null OR LeadId != null)", id=campaign_id)
    return ViewQuery("CampaignMember", where)


def count(org: Org, query: str) -> int:
    """What a `SELECT COUNT()` answers."""
    answer = org.api.read("GET", "query/", params={"q": query})
    return int(answer.get("totalSize") or 0) if isinstance(answer, dict) else 0


def _campaign(org: Org, campaign_id: str) -> tuple[str, int]:
    rows = _rows(org, soql("SELECT Id, Name FROM Campaign WHERE Id = {id}", id=campaign_id))
    found = next(iter(rows), None)
    if found is None:
        raise NotThere("no such campaign")
    return str(found.get("Name") or ""), count(org, members_of(campaign_id).count())


def _list_view(org: Org, view_id: str) -> tuple[str, int]:
    kind, told = view_of(org, view_id)
    about = org.api.read("GET", f"sobjects/{kind}/listviews/{view_id}")
    name = str(about.get("label") or "") if isinstance(about, dict) else ""
    return name, count(org, parse_view(told.get("query")).count())


def _report(org: Org, report_id: str) -> tuple[str, int]:
    found = run_report(org, report_id)
    return found.name, len(found.record_ids)


def _campaigns(org: Org, words: str, most: int) -> Iterable[Place]:
    where = soql(" WHERE Name LIKE '%{words:like}%'", words=words[:80]) if words else ""
    for row in _rows(org, f"SELECT Id, Name, Status FROM Campaign{where} ORDER BY CreatedDate DESC, Id LIMIT {most}"):
        yield Place("campaign", long_id(str(row["Id"])), str(row.get("Name") or ""), str(row.get("Status") or ""))


def _list_views(org: Org) -> Iterable[Place]:
    for kind in ("Contact", "Lead"):
        try:
            answer = org.api.read("GET", f"sobjects/{kind}/listviews")
        except (NotThere, UnknownName):
            # Our user sees no leads, say.
            continue
        for each in _listed(answer, "listviews"):
            yield Place("list_view", long_id(str(each["id"])), str(each.get("label") or ""), f"{kind.lower()}s")


def _reports(org: Org) -> Iterable[Place]:
    for each in _listed(org.api.read("GET", "analytics/reports"), ""):
        yield Place("report", long_id(str(each["id"])), str(each.get("name") or ""), "")


def _rows(org: Org, query: str) -> Iterable[Mapping[str, Any]]:
    return _listed(org.api.read("GET", "query/", params={"q": query}), "records")


def _listed(answer: Any, name: str) -> list[Mapping[str, Any]]:
    held = answer.get(name) if name and isinstance(answer, dict) else answer
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []
