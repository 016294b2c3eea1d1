"""Records of one kind as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.salesforce.sandbox.pages.visit import Visit
from connectors.salesforce.sandbox.problems import not_found
from connectors.sandbox.wire import Answer

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A table's object and columns; the first column leads to the record."""

    kind: str
    columns: tuple[str, ...]


TABLES: Mapping[str, Shown] = {
    "contacts": Shown("Contact", ("Name", "Email", "AccountId")),
    "leads": Shown("Lead", ("Name", "Company", "Email", "Status")),
    "accounts": Shown("Account", ("Name", "Industry")),
    "opportunities": Shown("Opportunity", ("Name", "StageName", "Amount", "CloseDate")),
    "campaigns": Shown("Campaign", ("Name", "Type", "Status")),
    "engagement": Shown(
        "Video_Engagement__c", ("Name", "Contact__c", "Lead__c", "Video_Name__c", "Coverage_Percent__c", "Score__c")
    ),
}


def page(visit: Visit, name: str) -> Answer:
    """The last ones, newest first; those in the bin last."""
    shown, org = TABLES[name], visit.sandbox.org
    with org.lock:
        kind = org.schema.kind(shown.kind)
        if kind is None:
            return visit.show("not_deployed.html", here=f"/{name}")
        columns = [kind.fields[each] for each in shown.columns if each in kind.fields]
        if not columns:
            raise not_found("None of this table's columns is there.")
        listed = list(org.table(kind).rows.values())[::-1]
        live = [row for row in listed if not row.get("IsDeleted")]
        gone = [row for row in listed if row.get("IsDeleted")]
        cells = [(row["Id"], [label(visit, org.value(row, each)) for each in columns]) for row in live[:_SHOWN]]
        binned = [(row["Id"], name_of(visit, row["Id"]), row.get("MasterRecordId")) for row in gone[:_SHOWN]]
    return visit.show(
        "table.html",
        here=f"/{name}",
        kind=kind,
        columns=columns,
        rows=cells,
        binned=binned,
        total=len(live),
        can_add=shown.kind != "Video_Engagement__c",
    )


def label(visit: Visit, value: object) -> object:
    """A value for people: a record's id becomes its name."""
    if isinstance(value, str) and visit.sandbox.org.kind_of(value) and len(value) == 18:
        return name_of(visit, value)
    return value


def name_of(visit: Visit, record_id: str) -> str:
    """What a record is called."""
    org = visit.sandbox.org
    kind = org.kind_of(record_id)
    row = org.row(kind.name, record_id) if kind else None
    if kind is None or row is None:
        return record_id
    for each in ("Name", "Subject", "Label", "Id"):
        if each in kind.fields and (found := org.value(row, kind.fields[each])):
            return str(found)
    return record_id
