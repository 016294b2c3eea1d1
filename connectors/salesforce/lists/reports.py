"""A report run now, and whom its rows are of: Salesforce gives 2,000 by its API, and says when there are more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.api.errors import Unwell
from connectors.salesforce.names import PREFIXES, long_id
from connectors.salesforce.org import Org
from plugin.kernel.errors import BadInput

MOST = 2000
_WITHIN_S = 120.0
_TOO_LONG = (
    f"this report has more than {MOST:,} rows, and Salesforce gives no more of one by its API: filter it into parts "
    f"of up to {MOST:,} rows and choose each, or put its people into a campaign, or use a list view"
)
_NOBODY = "this report's rows lead to no contact, lead or campaign member: give it a column with their name or id"


@dataclass(frozen=True, slots=True)
class Rows:
    """A report's people: each once, in the order of their ids."""

    name: str
    record_ids: tuple[str, ...]


def run_report(org: Org, report_id: str) -> Rows:
    """Run it; raises `SalesforceError`, and `BadInput` for too many rows or no column that leads to a person."""
    query = {"includeDetails": "true"}
    told = org.api.read("GET", f"analytics/reports/{report_id}", params=query, within_s=_WITHIN_S)
    if not isinstance(told, dict):
        raise Unwell("Salesforce's report can't be read")
    if told.get("allData") is False:
        raise BadInput(_TOO_LONG)
    found: set[str] = set()
    rows = 0
    for row in _details(told):
        rows += 1
        if record_id := _person(row):
            found.add(record_id)
    if rows and not found:
        raise BadInput(_NOBODY)
    metadata = told.get("reportMetadata")
    name = metadata.get("name") if isinstance(metadata, dict) else ""
    return Rows(str(name or ""), tuple(sorted(found)))


def _details(told: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Detail rows of a list, and of each group of a grouped report."""
    facts = told.get("factMap")
    for fact in (facts if isinstance(facts, dict) else {}).values():
        listed = fact.get("rows") if isinstance(fact, dict) else None
        yield from (row for row in listed or [] if isinstance(row, dict))


def _person(row: Mapping[str, Any]) -> str | None:
    """The campaign member in a row, else the first contact or lead: behind a name, or as an id."""
    person = None
    for cell in row.get("dataCells") or []:
        value = cell.get("value") if isinstance(cell, dict) else None
        if not isinstance(value, str) or value[:3] not in PREFIXES:
            continue
        try:
            record_id = long_id(value)
        except BadInput:
            continue
        if record_id.startswith("00v"):
            return record_id
        person = person or record_id
    return person
