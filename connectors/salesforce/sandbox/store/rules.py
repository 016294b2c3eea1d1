"""What each standard object insists on beyond its fields' types, and what it does by itself when saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from connectors.salesforce.sandbox.org import Org, ValidationRule
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.schema.selling import STAGES
from connectors.salesforce.sandbox.soql.conditions import holds

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.store.write import Writer


def before_save(org: Org, kind: ObjectKind, row: Row, before: Row | None) -> None:
    """Check and complete `row`; raises a `Problem`."""
    if check := _BEFORE.get(kind.name):
        check(org, row, before)


def after_save(writer: Writer, kind: ObjectKind, row: Row, before: Row | None) -> None:
    """What saving does to other records."""
    if follow := _AFTER.get(kind.name):
        follow(writer, row, before)


def before_delete(org: Org, kind: ObjectKind, row: Row) -> None:
    """Some records can't be deleted; raises a `Problem`."""
    if kind.name == "CampaignMemberStatus" and row.get("IsDefault"):
        raise Problem("DELETE_FAILED", "You can't delete the default campaign member status.", 400, [])
    if kind.name == "Account" and any(
        not deal.get("IsDeleted") for deal in org.table("Opportunity").holding("AccountId", row["Id"])
    ):
        words = (
            "Your attempt to delete this account could not be completed because it is associated with opportunities."
        )
        raise Problem("DELETE_FAILED", words, 400, [])


def breaks(org: Org, kind: ObjectKind, row: Row, rule: ValidationRule) -> bool:
    """Whether an admin's rule holds for the record."""
    return holds(org, kind, row, rule.condition)


def statuses(org: Org, campaign_id: str) -> list[Row]:
    """A campaign's member statuses, in their order."""
    found = list(org.table("CampaignMemberStatus").holding("CampaignId", campaign_id))
    return sorted((row for row in found if not row.get("IsDeleted")), key=lambda row: row.get("SortOrder") or 0)


def _lead(_: Org, row: Row, before: Row | None) -> None:
    if before is not None and before.get("IsConverted"):
        raise Problem("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", 400, [])


def _opportunity(_: Org, row: Row, before: Row | None) -> None:
    stage = str(row.get("StageName"))
    moved = before is None or before.get("StageName") != stage
    if moved and stage in STAGES and (before is not None or row.get("Probability") is None):
        row["Probability"] = STAGES[stage].probability


def _task(org: Org, row: Row, before: Row | None) -> None:
    who = str(row.get("WhoId") or "")
    if who.startswith("00Q"):
        if row.get("WhatId"):
            words = "You cannot specify a value for WhatId when WhoId is a lead"
            raise Problem("FIELD_INTEGRITY_EXCEPTION", words, 400, ["WhatId"])
        lead = org.row("Lead", who)
        if lead is not None and lead.get("IsConverted") and (before is None or before.get("WhoId") != who):
            raise Problem("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", 400, ["WhoId"])
    if row.get("Status") == "Completed" and not row.get("CompletedDateTime"):
        row["CompletedDateTime"] = org.now()


def _member(org: Org, row: Row, before: Row | None) -> None:
    person = [row.get("ContactId"), row.get("LeadId")]
    if not any(person):
        words = "Required fields are missing: [LeadId or ContactId]"
        raise Problem("REQUIRED_FIELD_MISSING", words, 400, ["LeadId", "ContactId"])
    if all(person) and before is None:
        raise Problem("INVALID_CROSS_REFERENCE_KEY", "Only one of LeadId and ContactId may be given.", 400, [])
    if before is None and row.get("CampaignId"):
        _need_new(org, row)
    allowed = statuses(org, str(row.get("CampaignId")))
    status = next((each for each in allowed if each["Label"].lower() == str(row.get("Status") or "").lower()), None)
    # A status the campaign doesn't have becomes its default, silently.
    status = status or next((each for each in allowed if each.get("IsDefault")), None)
    if status is not None:
        row["Status"], row["HasResponded"] = status["Label"], bool(status.get("HasResponded"))
        if row["HasResponded"] and not row.get("FirstRespondedDate"):
            row["FirstRespondedDate"] = org.now().date()


def _need_new(org: Org, row: Row) -> None:
    for name in ("ContactId", "LeadId"):
        if not row.get(name):
            continue
        for other in org.table("CampaignMember").holding(name, row[name]):
            if other.get("CampaignId") == row["CampaignId"] and not other.get("IsDeleted"):
                raise Problem("DUPLICATE_VALUE", "Already a campaign member.", 400, [])


def _status(org: Org, row: Row, before: Row | None) -> None:
    label = str(row.get("Label") or "").lower()
    others = [each for each in statuses(org, str(row.get("CampaignId"))) if each["Id"] != row.get("Id")]
    if any(each["Label"].lower() == label for each in others):
        words = f"duplicate value found: Label duplicates value on record with id: {row.get('CampaignId')}"
        raise Problem("DUPLICATE_VALUE", words, 400, [])
    if row.get("SortOrder") is None:
        row["SortOrder"] = max((each.get("SortOrder") or 0 for each in others), default=0) + 1


def _engagement(org: Org, row: Row, before: Row | None) -> None:
    if before is None:
        row["Name"] = f"VE-{len(org.table('Video_Engagement__c').rows) + 1:06}"


def _one_default(writer: Writer, row: Row, _: Row | None) -> None:
    _only_one(writer, "CampaignMemberStatus", "CampaignId", "IsDefault", row)


def _one_primary(writer: Writer, row: Row, _: Row | None) -> None:
    _only_one(writer, "OpportunityContactRole", "OpportunityId", "IsPrimary", row)


def _only_one(writer: Writer, kind: str, parent: str, flag: str, row: Row) -> None:
    if not row.get(flag):
        return
    table = writer.org.table(kind)
    for other in list(table.holding(parent, row[parent])):
        if other["Id"] != row["Id"] and other.get(flag):
            table.write(other["Id"], {flag: False})


def _influence(writer: Writer, row: Row, before: Row | None) -> None:
    """The campaign a deal names has the whole influence on it."""
    kind = writer.org.schema.kind("CampaignInfluence")
    campaign = row.get("CampaignId")
    if kind is None or campaign == (before or {}).get("CampaignId"):
        return
    for each in list(writer.org.table(kind).holding("OpportunityId", row["Id"])):
        if not each.get("IsDeleted"):
            writer.drop(kind, each)
    if campaign:
        share = {"Influence": 100.0, "RevenueShare": row.get("Amount")}
        writer.insert(kind, {"OpportunityId": row["Id"], "CampaignId": campaign, **share})


def _first_statuses(writer: Writer, row: Row, before: Row | None) -> None:
    if before is not None:
        return
    kind = writer.org.schema.kind("CampaignMemberStatus")
    assert kind is not None
    for order, (label, default) in enumerate((("Sent", True), ("Responded", False)), 1):
        values = {"CampaignId": row["Id"], "Label": label, "SortOrder": order}
        writer.insert(kind, {**values, "IsDefault": default, "HasResponded": not default})


_BEFORE: Mapping[str, Callable[[Org, Row, Row | None], None]] = {
    "Lead": _lead,
    "Opportunity": _opportunity,
    "Task": _task,
    "CampaignMember": _member,
    "CampaignMemberStatus": _status,
    "Video_Engagement__c": _engagement,
}
_AFTER: Mapping[str, Callable[[Writer, Row, Row | None], None]] = {
    "Campaign": _first_statuses,
    "CampaignMemberStatus": _one_default,
    "Opportunity": _influence,
    "OpportunityContactRole": _one_primary,
}
