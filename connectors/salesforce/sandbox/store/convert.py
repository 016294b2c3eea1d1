"""Converting a lead: an account, a contact and a deal come of it, and its campaigns follow the contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.write import Writer

_CARRIED = (
    "FirstName",
    "LastName",
    "Salutation",
    "Title",
    "Email",
    "Phone",
    "MobilePhone",
    "LeadSource",
    "HasOptedOutOfEmail",
    "DoNotCall",
    "OwnerId",
)


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of it; `opportunity_id` None: no deal was wanted."""

    account_id: str
    contact_id: str
    opportunity_id: str | None


def convert(org: Org, lead_id: str, *, contact_id: str = "", with_deal: bool = True) -> Converted:
    """Convert, into a contact that is there already or a new one; raises a `Problem`."""
    with org.lock, org.whole():
        writer = Writer(org, org.admin_id)
        lead = writer.find(_kind(org, "Lead"), lead_id)
        if lead.get("IsConverted"):
            raise Problem("CANNOT_UPDATE_CONVERTED_LEAD", "This lead has been converted already.", 400, [])
        contact = writer.find(_kind(org, "Contact"), contact_id) if contact_id else None
        account_id = str((contact or {}).get("AccountId") or _account(org, writer, lead))
        if contact is None:
            carried = {name: lead[name] for name in _CARRIED if name in lead}
            contact_id = writer.insert(_kind(org, "Contact"), {**carried, "AccountId": account_id})
        deal_id = _deal(org, writer, lead, account_id, contact_id) if with_deal else None
        _carry_on(org, writer, lead, contact_id)
        before = dict(lead)
        done = {
            "IsConverted": True,
            "Status": "Closed - Converted",
            "ConvertedDate": org.now().date(),
            "ConvertedAccountId": account_id,
            "ConvertedContactId": contact_id,
            "ConvertedOpportunityId": deal_id,
            "SystemModstamp": org.now(),
            "LastModifiedDate": org.now(),
        }
        org.table("Lead").write(lead["Id"], done)
        writer.follow(_kind(org, "Lead"), lead["Id"], before)
        org.journal.close()
        return Converted(account_id, contact_id, deal_id)


def _account(org: Org, writer: Writer, lead: Row) -> str:
    found = next((row for row in org.live("Account") if row.get("Name") == lead["Company"]), None)
    return str(found["Id"]) if found else writer.insert(_kind(org, "Account"), {"Name": lead["Company"]})


def _deal(org: Org, writer: Writer, lead: Row, account_id: str, contact_id: str) -> str:
    deal_id = writer.insert(
        _kind(org, "Opportunity"),
        {
            "Name": f"{lead['Company']}-"[:120],
            "AccountId": account_id,
            "StageName": "Prospecting",
            "CloseDate": org.now().date() + timedelta(days=90),
        },
    )
    role = {"OpportunityId": deal_id, "ContactId": contact_id, "IsPrimary": True}
    writer.insert(_kind(org, "OpportunityContactRole"), role)
    return deal_id


def _carry_on(org: Org, writer: Writer, lead: Row, contact_id: str) -> None:
    """Campaign members keep the lead and gain the contact, unless the contact is a member; tasks move."""
    table = org.table("CampaignMember")
    campaigns = {row["CampaignId"] for row in table.holding("ContactId", contact_id) if not row.get("IsDeleted")}
    for row in list(table.holding("LeadId", lead["Id"])):
        if row.get("IsDeleted"):
            continue
        if row["CampaignId"] in campaigns:
            writer.drop(_kind(org, "CampaignMember"), row)
        else:
            table.write(row["Id"], {"ContactId": contact_id, "SystemModstamp": org.now()})
    tasks = org.table("Task")
    for row in list(tasks.holding("WhoId", lead["Id"])):
        tasks.write(row["Id"], {"WhoId": contact_id, "SystemModstamp": org.now()})


def _kind(org: Org, name: str) -> ObjectKind:
    found = org.schema.kind(name)
    assert found is not None
    return found
