"""Campaigns, their members, and the statuses a member may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.salesforce.sandbox.schema.field import (
    Derive,
    Rows,
    derived,
    flag,
    long_text,
    money,
    of,
    pick,
    ref,
    text,
)
from connectors.salesforce.sandbox.schema.kind import kind

CAMPAIGN = kind(
    "Campaign",
    "701",
    text("Name", 80, required=True),
    pick("Type", "Conference", "Webinar", "Email", "Advertisement", "Other"),
    pick("Status", "Planned", "In Progress", "Completed", "Aborted", default="Planned"),
    flag("IsActive", label="Active"),
    of("date", "StartDate"),
    of("date", "EndDate"),
    money("BudgetedCost"),
    long_text("Description"),
    ref("ParentId", "Campaign", children="ChildCampaigns"),
    owned=True,
)


def _of_person(name: str, alike: str = "") -> Derive:
    """What the contact, else the lead, has in its field of that name."""

    def look(rows: Rows, row: Mapping[str, Any]) -> Any:
        contact = rows.row("Contact", row.get("ContactId"))
        if contact is not None:
            return contact.get(name)
        lead = rows.row("Lead", row.get("LeadId"))
        return lead.get(alike or name) if lead is not None else None

    return look


def _company(rows: Rows, row: Mapping[str, Any]) -> Any:
    contact = rows.row("Contact", row.get("ContactId"))
    if contact is None:
        lead = rows.row("Lead", row.get("LeadId"))
        return lead.get("Company") if lead is not None else None
    account = rows.row("Account", contact.get("AccountId"))
    return account.get("Name") if account is not None else None


def _name(rows: Rows, row: Mapping[str, Any]) -> str | None:
    parts = (_of_person("FirstName")(rows, row), _of_person("LastName")(rows, row))
    return " ".join(str(part) for part in parts if part) or None


def _which(contact: Any, lead: Any) -> Callable[[Rows, Mapping[str, Any]], Any]:
    def look(_: Rows, row: Mapping[str, Any]) -> Any:
        return contact(row) if row.get("ContactId") else lead(row)

    return look


MEMBER = kind(
    "CampaignMember",
    "00v",
    ref("CampaignId", "Campaign", children="CampaignMembers", required=True, update=False, on_delete="cascade"),
    ref("ContactId", "Contact", children="CampaignMembers", update=False, on_delete="cascade"),
    ref("LeadId", "Lead", children="CampaignMembers", update=False, on_delete="cascade"),
    pick("Status", "Sent", "Responded"),
    flag("HasResponded", create=False, update=False, label="Responded"),
    of("date", "FirstRespondedDate", create=False, update=False),
    derived(
        "LeadOrContactId", "string", _which(lambda row: row.get("ContactId"), lambda row: row.get("LeadId")), length=18
    ),
    derived("Type", "string", _which(lambda _: "Contact", lambda _: "Lead"), length=40),
    derived("Name", "string", _name, length=121),
    derived("FirstName", "string", _of_person("FirstName"), length=40),
    derived("LastName", "string", _of_person("LastName"), length=80),
    derived("Email", "email", _of_person("Email"), length=80),
    derived("Phone", "phone", _of_person("Phone"), length=40),
    derived("Title", "string", _of_person("Title"), length=128),
    derived("HasOptedOutOfEmail", "boolean", _of_person("HasOptedOutOfEmail")),
    derived("CompanyOrAccount", "string", _company, length=255),
    label="Campaign Member",
    parent="CampaignId",
)

STATUS = kind(
    "CampaignMemberStatus",
    "01Y",
    ref("CampaignId", "Campaign", children="CampaignMemberStatuses", required=True, update=False, on_delete="cascade"),
    text("Label", 765, required=True),
    of("int", "SortOrder"),
    flag("IsDefault", label="Default"),
    flag("HasResponded", label="Responded"),
    label="Campaign Member Status",
    plural="Campaign Member Statuses",
    parent="CampaignId",
)

ALL = (CAMPAIGN, MEMBER, STATUS)
