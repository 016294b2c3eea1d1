"""What the page of one record shows: fields, members, related records, tasks, engagement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from connectors.salesforce.sandbox.pages.tables import label, name_of
from connectors.salesforce.sandbox.pages.visit import Visit
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.field import Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.values import as_text
from connectors.sandbox.wire import Answer

_RELATED = ("CampaignMember", "CampaignMemberStatus", "OpportunityContactRole", "Opportunity", "Contact")
_MANY = 200
_MAIN = frozenset(
    {
        "FirstName",
        "LastName",
        "Name",
        "Title",
        "Email",
        "Company",
        "Status",
        "StageName",
        "Amount",
        "CloseDate",
        "Type",
        "Industry",
        "MailingCountry",
        "HasOptedOutOfEmail",
        "IsActive",
        "Subject",
        "Label",
    }
)
"""Shown first; the rest stands under 'More'."""


def shown(
    visit: Visit, kind: ObjectKind, row: Row, problem: Problem | None, results: list[Mapping[str, Any]]
) -> Answer:
    """The page of a record; with a `problem`, what was typed is still there."""
    org = visit.sandbox.org
    typed = visit.form() if problem is not None else {}
    engaged = list(_engagement(visit, kind, row))
    lock = org.held([row["Id"]])
    return visit.show(
        "record.html",
        status=problem.status if problem else 200,
        kind=kind,
        main=_MAIN,
        row=row,
        name=name_of(visit, row["Id"]),
        fields=fields(
            visit,
            kind,
            typed or {each.name: as_text(each, org.value(row, each)) for each in kind.fields.values()},
            False,
        ),
        fixed=[
            (each, label(visit, org.value(row, each)))
            for each in kind.fields.values()
            if not each.update and each.name != "Id"
        ],
        tasks=list(_tasks(visit, row["Id"])),
        engaged=engaged,
        related=_related(visit, kind, row),
        members=_members(visit, row["Id"]) if kind.name == "Campaign" else [],
        people=[(each["Id"], name_of(visit, each["Id"])) for each in _people(visit)] if kind.name == "Campaign" else [],
        others=_others(visit, kind, row) if kind.mergeable else [],
        link=row.get("Video_Link__c"),
        results=[(each, name_of(visit, each["record_id"])) for each in results],
        problem=problem,
        lock=lock[1] if lock else None,
        quote=quote,
    )


def editable(visit: Visit, kind: ObjectKind, *, creating: bool) -> list[Field]:
    """The fields an admin may write."""
    visible = visit.sandbox.org.schema.fields(visit.sandbox.org.admin_id, kind).values()
    return [each for each in visible if (each.create if creating else each.update)]


def fields(visit: Visit, kind: ObjectKind, held: Mapping[str, str], creating: bool) -> list[tuple[Field, str]]:
    """Each with the text in it."""
    return [(each, held.get(each.name, "")) for each in editable(visit, kind, creating=creating)]


def _tasks(visit: Visit, record_id: str) -> Iterable[Row]:
    table = visit.sandbox.org.table("Task")
    found = {row["Id"]: row for name in ("WhoId", "WhatId") for row in table.holding(name, record_id)}
    return sorted((row for row in found.values() if not row.get("IsDeleted")), key=lambda row: row["Id"], reverse=True)


def _engagement(visit: Visit, kind: ObjectKind, row: Row) -> Iterable[Row]:
    engagement = visit.sandbox.org.schema.kind("Video_Engagement__c")
    if engagement is None:
        return []
    if kind.name == engagement.name:
        return [row]
    name = f"{kind.name}__c"
    if name not in engagement.fields:
        return []
    found = visit.sandbox.org.table(engagement).holding(name, row["Id"])
    return sorted((each for each in found if not each.get("IsDeleted")), key=lambda each: each["Id"], reverse=True)


def _related(visit: Visit, kind: ObjectKind, row: Row) -> list[tuple[str, list[tuple[str, str]]]]:
    org = visit.sandbox.org
    found = []
    for child, field in org.schema.children(kind):
        if (
            child.name not in _RELATED
            or not field.children
            or (kind.name, child.name) == ("Campaign", "CampaignMember")
        ):
            continue
        rows = [each for each in org.table(child).holding(field.name, row["Id"]) if not each.get("IsDeleted")]
        if rows:
            found.append((child.plural, [(each["Id"], _about(visit, child, each)) for each in rows[:_MANY]]))
    return found


def _about(visit: Visit, kind: ObjectKind, row: Row) -> str:
    match kind.name:
        case "CampaignMember":
            return f"{name_of(visit, row['CampaignId'])}: {row.get('Status')}"
        case "OpportunityContactRole":
            return f"{name_of(visit, row['OpportunityId'])} – {name_of(visit, row['ContactId'])} ({row.get('Role')})"
        case "Opportunity":
            return f"{row.get('Name')}: {row.get('StageName')}"
    return name_of(visit, row["Id"])


def _members(visit: Visit, campaign_id: str) -> list[tuple[Row, str]]:
    rows = visit.sandbox.org.table("CampaignMember").holding("CampaignId", campaign_id)
    return [(row, name_of(visit, row["Id"])) for row in rows if not row.get("IsDeleted")]


def _people(visit: Visit) -> list[Row]:
    org = visit.sandbox.org
    leads = (row for row in org.live("Lead") if not row.get("IsConverted"))
    return [*org.live("Contact"), *leads][:_MANY]


def _others(visit: Visit, kind: ObjectKind, row: Row) -> list[tuple[str, str]]:
    rows = (each for each in visit.sandbox.org.table(kind).live() if each["Id"] != row["Id"])
    return [(each["Id"], name_of(visit, each["Id"])) for each in rows][:_MANY]
