"""What our package's flows do in the org: one completed task for each threshold, and converted leads followed.

As `package/force-app/main/default/flows` say it; a test holds both to the same subjects.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.store.write import Writer

WATCHED_FROM = 75


def after_save(writer: Writer, kind: ObjectKind, row: Row, before: Row | None) -> None:
    """Run the flows this save sets off; none of them holds a save up."""
    if kind.name == "Video_Engagement__c":
        _tell(writer, kind, row)
    elif kind.name == "Lead" and row.get("IsConverted") and not (before or {}).get("IsConverted"):
        _follow(writer, row)


def _follow(writer: Writer, lead: Row) -> None:
    """Lead conversion: what was watched as a lead belongs to the contact, and to the deal that came of it."""
    kind = writer.org.schema.kind("Video_Engagement__c")
    if kind is None:
        return
    became = {"Contact__c": lead.get("ConvertedContactId"), "Opportunity__c": lead.get("ConvertedOpportunityId")}
    for each in list(writer.org.table(kind).holding("Lead__c", lead["Id"])):
        missing = {name: value for name, value in became.items() if value and not each.get(name)}
        if missing and not each.get("IsDeleted"):
            writer.org.table(kind).write(each["Id"], missing | {"SystemModstamp": writer.org.now()})


def _tell(writer: Writer, kind: ObjectKind, row: Row) -> None:
    video = row.get("Video_Name__c") or ""
    seen = row.get("Coverage_Percent__c") or row.get("Max_Milestone__c") or 0
    opened, last, clicked = (row.get(name) for name in ("First_Opened_At__c", "Last_Opened_At__c", "CTA_Clicked_At__c"))
    due = {
        "Opened_Task_Id__c": (bool(opened), f"Opened the video: {video}", opened),
        "Watched_Task_Id__c": (
            (row.get("Max_Milestone__c") or 0) >= WATCHED_FROM,
            f"Watched {seen:.0f} % of the video: {video}",
            last,
        ),
        "CTA_Task_Id__c": (
            bool(row.get("CTA_Clicked__c")),
            f"Pressed “{row.get('CTA_Label__c') or 'a button'}” in the video: {video}",
            clicked,
        ),
    }
    owed = {name: rest for name, (reached, *rest) in due.items() if reached and not row.get(name)}
    if not owed:
        return
    contact, deal, person = _whose(writer, row)
    if not person.get("WhoId"):
        return
    made = {name: _task(writer, row, person, str(subject), at) for name, (subject, at) in owed.items()}
    known = {name: value for name, value in (("Contact__c", contact), ("Opportunity__c", deal)) if value}
    writer.org.table(kind).write(row["Id"], {**made, **known})


def _whose(writer: Writer, row: Row) -> tuple[object, object, Row]:
    """Contact and opportunity of the row or of what its lead became, and whom a task is about."""
    contact, deal = row.get("Contact__c"), row.get("Opportunity__c")
    if contact:
        return contact, deal, {"WhoId": contact, "WhatId": deal or row.get("Campaign__c")}
    lead = writer.org.row("Lead", row.get("Lead__c")) or {}
    if became := lead.get("ConvertedContactId"):
        deal = lead.get("ConvertedOpportunityId")
        return became, deal, {"WhoId": became, "WhatId": deal}
    return None, deal, {"WhoId": row.get("Lead__c")}


def _task(writer: Writer, row: Row, person: Row, subject: str, at: object) -> str | None:
    """Its id; None when it was refused, as by a rule of an admin's: then it is tried again at the next save."""
    kind = writer.org.schema.kind("Task")
    assert kind is not None
    day = (at if isinstance(at, datetime) else writer.org.now()).date()
    told = {
        "Subject": subject[:255],
        "Status": "Completed",
        "ActivityDate": day,
        "Description": f"{row.get('Sentence__c') or ''}\nVideo engagement {row.get('Name')}".strip(),
    }
    known = {name: value for name, value in person.items() if value}
    try:
        with writer.org.whole():
            return writer.insert(kind, {**known, **told})
    except Problem:
        return None
