"""Tasks, users, and the org about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.salesforce.sandbox.schema.field import Rows, derived, flag, long_text, number, of, pick, ref, text
from connectors.salesforce.sandbox.schema.kind import kind
from connectors.salesforce.sandbox.schema.people import full_name


def _done(_: Rows, row: Mapping[str, Any]) -> bool:
    return row.get("Status") == "Completed"


TASK = kind(
    "Task",
    "00T",
    text("Subject"),
    ref("WhoId", "Contact", "Lead", children="Tasks", label="Name ID"),
    ref("WhatId", "Account", "Opportunity", "Campaign", children="Tasks", label="Related To ID"),
    of("date", "ActivityDate", label="Due Date Only"),
    pick(
        "Status",
        "Not Started",
        "In Progress",
        "Completed",
        "Waiting on someone else",
        "Deferred",
        default="Not Started",
        required=True,
    ),
    pick("Priority", "High", "Normal", "Low", default="Normal", required=True),
    pick("TaskSubtype", "Task", "Email", "Call", default="Task", update=False),
    pick("Type", "Call", "Email", "Meeting", "Other"),
    long_text("Description"),
    derived("IsClosed", "boolean", _done, label="Closed"),
    of("datetime", "CompletedDateTime", create=False, update=False),
    owned=True,
)

USER = kind(
    "User",
    "005",
    text("Username", 80, required=True, create=False, update=False),
    text("FirstName", 40, create=False, update=False),
    text("LastName", 80, required=True, create=False, update=False),
    derived("Name", "string", full_name, length=121, label="Full Name"),
    of("email", "Email", create=False, update=False),
    flag("IsActive", create=False, update=False, label="Active"),
    ref("ProfileId", "Profile", create=False, update=False),
    text("TimeZoneSidKey", 40, create=False, update=False),
    text("LanguageLocaleKey", 40, create=False, update=False),
    text("UserType", 40, create=False, update=False),
    writable=False,
)

PROFILE = kind("Profile", "00e", text("Name", create=False, update=False), writable=False)

ORGANIZATION = kind(
    "Organization",
    "00D",
    text("Name", 80, create=False, update=False),
    text("OrganizationType", 40, create=False, update=False, label="Edition"),
    of("boolean", "IsSandbox", default=False, create=False, update=False),
    text("InstanceName", 5, create=False, update=False),
    text("NamespacePrefix", 15, create=False, update=False),
    text("TimeZoneSidKey", 40, create=False, update=False),
    text("LanguageLocaleKey", 40, create=False, update=False),
    text("DefaultLocaleSidKey", 40, create=False, update=False),
    of("datetime", "TrialExpirationDate", create=False, update=False),
    writable=False,
)

CURRENCY_TYPE = kind(
    "CurrencyType",
    "01L",
    text("IsoCode", 3),
    number("ConversionRate", 18, 6),
    flag("IsCorporate"),
    flag("IsActive"),
    label="Currency Type",
    writable=False,
)

ALL = (TASK, USER, PROFILE, ORGANIZATION)
