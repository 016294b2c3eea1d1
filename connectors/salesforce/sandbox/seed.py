"""What an org begins with: its users and its app – and, to have something to look at, people, deals and a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.salesforce.sandbox.oauth.apps import ClientApp
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.schema.field import number, of, pick, pick_many
from connectors.salesforce.sandbox.store.write import Writer

INTEGRATION = "segue.integration@northwind.example"
ADMIN = "admin@northwind.example"

_PEOPLE: tuple[Mapping[str, Any], ...] = (
    {"FirstName": "Ana", "LastName": "Ferreira", "Email": "ana@harbor.example", "Title": "Head of Travel"}
    | {"Tier__c": "gold", "Points__c": 12_480, "Next_Trip__c": "2027-01-31", "Interests__c": "Food;Trains"},
    {"FirstName": "Björn", "LastName": "Åkesson", "Email": "bjorn@fjord.example", "MailingCountry": "Sweden"},
    {"LastName": "O'Neill", "Email": "oneill@harbor.example", "HasOptedOutOfEmail": True},
    {"FirstName": "نور", "LastName": "الهاشمي", "Email": "noor@souk.example", "MailingCity": "عمّان"},
    {"FirstName": "美咲", "LastName": "田中", "Email": "misaki@sakura.example", "MailingCountry": "日本"},
    {"FirstName": "Zoë 🚀", "LastName": "van den Berg", "Email": "zoe@polder.example"},
    {"LastName": "Prince"},
    {"FirstName": "<b>Robert</b>", "LastName": "'; DROP TABLE--", "Email": "bobby@tables.example"},
    {"FirstName": "Lena", "LastName": "Fischer", "Email": "lena@alpen.example", "Description": "long " * 2000},
)
_LEADS: tuple[Mapping[str, Any], ...] = (
    {"FirstName": "Priya", "LastName": "Nair", "Company": "Monsoon Tours", "Email": "priya@monsoon.example"},
    {"FirstName": "Tom", "LastName": "Baker", "Company": "Baker & Sons", "Email": "tom@baker.example"},
    {"LastName": "Nguyễn", "Company": "Sông Hồng", "Email": "nguyen@song.example", "Status": "Working - Contacted"},
)
_DEALS = (
    ("Harbor: corporate travel", 0, "Negotiation/Review", 48_000.0),
    ("Harbor: 2025 renewal", 0, "Closed Won", 31_500.0),
    ("Fjord: winter offsite", 1, "Qualification", 12_000.0),
)


def found_org(org: Org, app: ClientApp) -> None:
    """The organization, its users, and the app an admin let in for both of them."""
    table = org.table
    now = org.now()
    stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    about = {"Name": org.name, "OrganizationType": org.switches.edition, "IsSandbox": org.is_sandbox}
    locale = {"TimeZoneSidKey": "Europe/Lisbon", "LanguageLocaleKey": "en_US"}
    table("Organization").write(org.id, {**about, **locale, "InstanceName": "SEG1", **stamps})
    profile = table("Profile").new_id()
    table("Profile").write(profile, {"Name": "System Administrator", **stamps})
    users = ((ADMIN, "Sam", "Admin"), (INTEGRATION, "Segue", "Integration"), ("rep@northwind.example", "Robin", "Rep"))
    ids = []
    for username, first, last in users:
        user_id = table("User").new_id()
        who = {"Username": username, "Email": username, "FirstName": first, "LastName": last, "IsActive": True}
        table("User").write(user_id, {**who, "ProfileId": profile, "UserType": "Standard", **locale, **stamps})
        ids.append(user_id)
    org.admin_id, org.integration_id = ids[0], ids[1]
    app.run_as = org.integration_id
    app.allowed = {org.admin_id, org.integration_id}
    org.journal.close()


MADE = (
    pick("Tier__c", "traveller", "silver", "gold", restricted=True),
    number("Points__c", 18, 0),
    of("date", "Next_Trip__c"),
    pick_many("Interests__c", "Trains", "Food", "Mountains"),
)
"""Contact fields the org's admin has made, beside the package's."""


def plant(org: Org) -> None:
    """People of many kinds, deals, and a campaign with members."""
    org.schema.extra["Contact"] = list(MADE)
    org.schema.changed()
    write = Writer(org, org.admin_id)

    def make(kind: str, **values: Any) -> str:
        found = org.schema.kind(kind)
        assert found is not None
        return write.create(found, values)

    accounts = [make("Account", Name=name) for name in ("Harbor Logistics", "Fjord Design", "Souk Imports")]
    contacts = [
        make("Contact", **person, **({"AccountId": accounts[place % 3]} if place < 6 else {}))
        for place, person in enumerate(_PEOPLE)
    ]
    leads = [make("Lead", **lead) for lead in _LEADS]
    spring = make("Campaign", Name="Spring offers", Type="Email", Status="In Progress", IsActive=True)
    make("Campaign", Name="Autumn webinar", Type="Webinar")
    for contact in contacts[:6]:
        make("CampaignMember", CampaignId=spring, ContactId=contact)
    for lead in leads[:2]:
        make("CampaignMember", CampaignId=spring, LeadId=lead)
    for name, who, stage, amount in _DEALS:
        close = (org.now() + timedelta(days=30)).date().isoformat()
        deal = make("Opportunity", Name=name, AccountId=accounts[who], StageName=stage, CloseDate=close, Amount=amount)
        make(
            "OpportunityContactRole", OpportunityId=deal, ContactId=contacts[who], Role="Decision Maker", IsPrimary=True
        )
    org.journal.close()
