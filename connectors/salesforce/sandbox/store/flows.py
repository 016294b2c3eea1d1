"""What our package's flows do in the org: one completed task for each threshold, and converted leads followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.store.write import Writer

WATCHED_FROM = 75


def after_save(writer: Writer, kind: ObjectKind, row: Row, before: Row | None) -> None:
    """Run the flows this save sets off."""
    if kind.name == "Video_Engagement__c":
        _follow_lead(writer, kind, row)
        _make_tasks(writer, kind, row)
    elif kind.name == "Lead" and row.get("IsConverted") and not (before or {}).get("IsConverted"):
        engagement = writer.org.schema.kind("Video_Engagement__c")
        if engagement is not None:
            for each in list(writer.org.table(engagement).holding("Lead__c", row["Id"])):
                if not each.get("IsDeleted"):
                    _follow_lead(writer, engagement, each)


def _follow_lead(writer: Writer, kind: ObjectKind, row: Row) -> None:
    lead = writer.org.row("Lead", row.get("Lead__c"))
    contact = lead.get("ConvertedContactId") if lead is not None else None
    if contact and not row.get("Contact__c"):
        writer.org.table(kind).write(row["Id"], {"Contact__c": contact})


def _make_tasks(writer: Writer, kind: ObjectKind, row: Row) -> None:
    video = row.get("Video_Name__c") or "a video"
    due = {
        "Opened_Task_Id__c": (bool(row.get("First_Opened_At__c")), f"Opened {video}"),
        "Watched_Task_Id__c": ((row.get("Max_Milestone__c") or 0) >= WATCHED_FROM, f"Watched {video}"),
        "CTA_Task_Id__c": (bool(row.get("CTA_Clicked__c")), f"Clicked {row.get('CTA_Label__c') or 'a button'}"),
    }
    made = {
        name: _task(writer, row, subject) for name, (reached, subject) in due.items() if reached and not row.get(name)
    }
    if made:
        writer.org.table(kind).write(row["Id"], made)


def _task(writer: Writer, row: Row, subject: str) -> str:
    kind = writer.org.schema.kind("Task")
    assert kind is not None
    contact, lead = row.get("Contact__c"), row.get("Lead__c")
    at = row.get("Last_Opened_At__c") or writer.org.now()
    person = {"WhoId": contact, "WhatId": row.get("Opportunity__c")} if contact else {"WhoId": lead}
    return writer.insert(
        kind,
        {
            **{name: value for name, value in person.items() if value},
            "OwnerId": _owner(writer, contact, lead),
            "Subject": subject[:255],
            "Status": "Completed",
            "ActivityDate": at.date(),
            "Description": row.get("Sentence__c"),
        },
    )


def _owner(writer: Writer, contact: object, lead: object) -> str | None:
    """Whoever looks after the person."""
    person = writer.org.row("Contact", contact) or writer.org.row("Lead", lead)
    return str(person["OwnerId"]) if person is not None and person.get("OwnerId") else None
