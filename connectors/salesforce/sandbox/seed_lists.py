"""List views and reports to begin with."""

from __future__ import annotations

from connectors.salesforce.sandbox.api.list_views import ListView
from connectors.salesforce.sandbox.api.reports import Report
from connectors.salesforce.sandbox.store.ids import make_id


def planted_views() -> list[ListView]:
    """One or two for each kind of record links are made for."""
    views = (
        ("Contact", "AllContacts", "All Contacts", ("Name", "Account.Name", "Email"), ""),
        ("Contact", "WithEmail", "With an e-mail address", ("Name", "Email"), "Email != null"),
        ("Lead", "AllOpenLeads", "All Open Leads", ("Name", "Company", "Status"), "IsConverted = false"),
        ("Campaign", "AllActiveCampaigns", "All Active Campaigns", ("Name", "Status"), "IsActive = true"),
    )
    return [
        ListView(make_id("00B", number), kind, name, label, columns, where)
        for number, (kind, name, label, columns, where) in enumerate(views, 1)
    ]


def planted_reports() -> list[Report]:
    """Contacts, leads, and a campaign's members."""
    contacts = {"FIRST_NAME": "FirstName", "LAST_NAME": "LastName", "EMAIL": "Email", "ACCOUNT.NAME": "Account.Name"}
    members = {
        "CampaignMember.Id": "Id",
        "MEMBER_NAME": "Name",
        "MEMBER_STATUS": "Status",
        "CAMPAIGN_NAME": "Campaign.Name",
        "CONTACT_ID": "ContactId",
        "LEAD_ID": "LeadId",
    }
    leads = {"LEAD_ID": "Id", "LEAD_NAME": "Name", "COMPANY": "Company"}
    return [
        Report(make_id("00O", 1), "Travellers to invite", "ContactList", "Contact", contacts, "Email != null"),
        Report(make_id("00O", 2), "Members of campaigns", "CampaignMember", "CampaignMember", members),
        Report(make_id("00O", 3), "Open leads", "LeadList", "Lead", leads, "IsConverted = false"),
    ]
