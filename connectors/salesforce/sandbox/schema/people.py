"""Accounts, contacts and leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.salesforce.sandbox.schema.field import Field, Rows, derived, flag, long_text, money, of, pick, ref, text
from connectors.salesforce.sandbox.schema.kind import kind

SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")


def full_name(_: Rows, row: Mapping[str, Any]) -> str | None:
    """First and last name together."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part) or None


def _merged(name: str) -> Field:
    return ref("MasterRecordId", name, create=False, update=False)


def _address(prefix: str) -> tuple[Field, ...]:
    return (
        text(f"{prefix}Street"),
        text(f"{prefix}City", 40),
        text(f"{prefix}State", 80),
        text(f"{prefix}PostalCode", 20),
        text(f"{prefix}Country", 80),
    )


_REACH = (
    of("phone", "Phone"),
    of("phone", "MobilePhone"),
    of("email", "Email"),
    flag("HasOptedOutOfEmail", label="Email Opt Out"),
    flag("DoNotCall"),
    of("datetime", "EmailBouncedDate"),
    text("EmailBouncedReason"),
)

ACCOUNT = kind(
    "Account",
    "001",
    text("Name", required=True, label="Account Name"),
    pick("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Partner", "Other"),
    pick("Industry", "Agriculture", "Banking", "Education", "Energy", "Retail", "Technology", "Other"),
    *_address("Billing"),
    of("phone", "Phone"),
    of("url", "Website"),
    money("AnnualRevenue"),
    of("int", "NumberOfEmployees", label="Employees"),
    long_text("Description"),
    ref("ParentId", "Account", children="ChildAccounts"),
    _merged("Account"),
    owned=True,
    mergeable=True,
)

CONTACT = kind(
    "Contact",
    "003",
    text("FirstName", 40),
    text("LastName", 80, required=True),
    derived("Name", "string", full_name, length=121, label="Full Name"),
    pick("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."),
    ref("AccountId", "Account", children="Contacts"),
    ref("ReportsToId", "Contact"),
    text("Title", 128),
    text("Department", 80),
    of("date", "Birthdate"),
    pick("LeadSource", *SOURCES),
    *_REACH,
    *_address("Mailing"),
    long_text("Description"),
    _merged("Contact"),
    owned=True,
    mergeable=True,
)

LEAD = kind(
    "Lead",
    "00Q",
    text("FirstName", 40),
    text("LastName", 80, required=True),
    derived("Name", "string", full_name, length=121, label="Full Name"),
    pick("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."),
    text("Company", required=True),
    text("Title", 128),
    pick(
        "Status",
        "Open - Not Contacted",
        "Working - Contacted",
        "Closed - Converted",
        "Closed - Not Converted",
        default="Open - Not Contacted",
        required=True,
    ),
    pick("LeadSource", *SOURCES),
    pick("Rating", "Hot", "Warm", "Cold"),
    *_REACH,
    *(text(name, length) for name, length in (("Street", 255), ("City", 40), ("State", 80), ("PostalCode", 20))),
    text("Country", 80),
    long_text("Description"),
    of("boolean", "IsConverted", default=False, create=False, update=False),
    of("date", "ConvertedDate", create=False, update=False),
    ref("ConvertedAccountId", "Account", create=False, update=False),
    ref("ConvertedContactId", "Contact", create=False, update=False),
    ref("ConvertedOpportunityId", "Opportunity", create=False, update=False),
    _merged("Lead"),
    owned=True,
    mergeable=True,
)

ALL = (ACCOUNT, CONTACT, LEAD)
