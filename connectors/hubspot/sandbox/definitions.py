"""The properties a new portal has, by object type: the real names of what matters here, and three of a customer's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.values import Check, any_text, check_for


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One type of CRM object, by all its names."""

    name: str
    """Plural, as in paths."""
    singular: str
    type_id: str
    scope: str
    """The middle of its scopes, `crm.objects.<scope>.read`: notes go with contacts."""
    modified: str
    created: str
    shown: tuple[str, ...]
    """What an answer holds when nothing particular is asked for."""


CONTACTS = ObjectType(
    "contacts", "contact", "0-1", "contacts", "lastmodifieddate", "createdate",
    ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
)  # fmt: skip
COMPANIES = ObjectType(
    "companies", "company", "0-2", "companies", "hs_lastmodifieddate", "createdate",
    ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
)  # fmt: skip
DEALS = ObjectType(
    "deals", "deal", "0-3", "deals", "hs_lastmodifieddate", "createdate",
    ("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline"),
)  # fmt: skip
NOTES = ObjectType(
    "notes", "note", "0-46", "contacts", "hs_lastmodifieddate", "hs_createdate",
    ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
)  # fmt: skip
TYPES = (CONTACTS, COMPANIES, DEALS, NOTES)
BY_NAME = {name: each for each in TYPES for name in (each.name, each.singular, each.type_id)}

LANGUAGES = (
    "en",
    "en-gb",
    "de",
    "de-at",
    "fr",
    "fr-ca",
    "es",
    "es-mx",
    "it",
    "pt",
    "pt-br",
    "nl",
    "ar",
    "he",
    "ja",
    "tr",
)
_STAGES = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent")
DEAL_STAGES = (*_STAGES, "closedwon", "closedlost")
_LIFE = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist")
CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY")

# name | type or its field type after a colon | flags (r: read only, u: unique, c: a customer's own) | options
_CONTACT = """
firstname|string;lastname|string;email|string||u;company|string;phone|phone_number;mobilephone|phone_number
jobtitle|string;website|string;address|string;city|string;state|string;zip|string;country|string
salutation|string;industry|string;hubspot_owner_id|string;associatedcompanyid|number
hs_email_optout|bool||r;hs_email_bounce|number||r;hs_email_hard_bounce_reason_enum|string||r;hs_email_domain|string||r
hs_email_bad_address|bool||r;hs_email_quarantined|bool||r;num_notes|number||r;notes_last_updated|datetime||r
createdate|datetime||r;lastmodifieddate|datetime||r;hs_object_id|number||r;hs_merged_object_ids|string||r
tier|string||c;points|number||c;next_trip|date||c
"""
_COMPANY = """
name|string;domain|string;industry|string;city|string;state|string;country|string;phone|phone_number;website|string
numberofemployees|number;annualrevenue|number;description|string;hubspot_owner_id|string
createdate|datetime||r;hs_lastmodifieddate|datetime||r;hs_object_id|number||r;hs_merged_object_ids|string||r
"""
_DEAL = """
dealname|string;amount|number;pipeline|string;closedate|datetime;description|string;hubspot_owner_id|string
hs_is_closed|bool||r;hs_is_closed_won|bool||r;hs_deal_stage_probability|number||r;amount_in_home_currency|number||r
createdate|datetime||r;hs_lastmodifieddate|datetime||r;hs_object_id|number||r;hs_merged_object_ids|string||r
"""
_NOTE = """
hs_note_body|string|html;hs_timestamp|datetime;hubspot_owner_id|string;hs_attachment_ids|string;hs_body_preview|string||r
hs_createdate|datetime||r;hs_lastmodifieddate|datetime||r;hs_object_id|number||r
"""
_LABELS = {
    "firstname": "First name",
    "lastname": "Last name",
    "email": "Email",
    "jobtitle": "Job title",
    "mobilephone": "Mobile phone number",
    "zip": "Postal code",
    "hs_language": "Preferred language",
    "lifecyclestage": "Lifecycle stage",
    "hubspot_owner_id": "Contact owner",
    "associatedcompanyid": "Primary associated company ID",
}
_FIELD_TYPES = {
    "number": "number",
    "bool": "booleancheckbox",
    "date": "date",
    "datetime": "date",
    "enumeration": "select",
}


class Definition:
    """One property of one object type."""

    __slots__ = ("archived", "check", "facts", "plain", "read_only", "unique")

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.changed()

    def changed(self) -> None:
        """Take in what the facts say now."""
        self.check: Check = check_for(self.facts)
        self.read_only: bool = self.facts["modificationMetadata"]["readOnlyValue"]
        self.unique: bool = self.facts["hasUniqueValue"]
        self.archived: bool = self.facts["archived"]
        self.plain = self.check is any_text and not self.read_only and not self.archived
        """Any text will do that isn't too long."""


def facts(
    name: str,
    kind: str,
    *,
    field_type: str = "",
    group: str = "",
    label: str = "",
    description: str = "",
    options: Sequence[dict[str, Any]] = (),
    read_only: bool = False,
    unique: bool = False,
    ours: bool = True,
    at: float = 0.0,
) -> dict[str, Any]:
    """A property as the API shows it; `ours`: HubSpot's own, not a customer's."""
    shown = {
        "name": name,
        "label": label or _LABELS.get(name) or name.removeprefix("hs_").replace("_", " ").capitalize(),
        "description": description,
        "type": kind,
        "fieldType": field_type or _FIELD_TYPES.get(kind, "text"),
        "groupName": group,
        "options": list(options),
        "displayOrder": -1,
        "hasUniqueValue": unique,
        "hidden": False,
        "formField": not read_only,
        "calculated": False,
        "externalOptions": False,
        "hubspotDefined": ours,
        "archived": False,
        "modificationMetadata": {"archivable": not ours, "readOnlyDefinition": ours, "readOnlyValue": read_only},
        "dataSensitivity": "non_sensitive",
    }
    return shown if ours else shown | {"createdAt": iso(at), "updatedAt": iso(at)}


def option(value: str, label: str = "", order: int = 0) -> dict[str, Any]:
    """One option of an enumeration."""
    return {"value": value, "label": label or value, "displayOrder": order, "hidden": False, "description": ""}


def standard(kind: ObjectType) -> dict[str, Definition]:
    """What a new portal has for this type."""
    rows = {"contacts": _CONTACT, "companies": _COMPANY, "deals": _DEAL, "notes": _NOTE}[kind.name]
    group = {"notes": "engagement"}.get(kind.name, f"{kind.singular}information")
    found = [*_parsed(rows, group), *_enumerations(kind, group)]
    return {each["name"]: Definition(each) for each in found}


def _parsed(rows: str, group: str) -> Iterator[dict[str, Any]]:
    for row in rows.replace("\n", ";").strip(";").split(";"):
        name, kind, field_type, flags = (*row.split("|"), "", "", "")[:4]
        yield facts(
            name,
            kind,
            field_type=field_type,
            group=group,
            read_only="r" in flags,
            unique="u" in flags,
            ours="c" not in flags,
        )


def _enumerations(kind: ObjectType, group: str) -> Iterator[dict[str, Any]]:
    listed = {
        "contacts": {"hs_language": LANGUAGES, "lifecyclestage": _LIFE},
        "deals": {"dealstage": DEAL_STAGES, "deal_currency_code": CURRENCIES},
    }
    for name, values in listed.get(kind.name, {}).items():
        options = [option(value, order=number) for number, value in enumerate(values)]
        yield facts(name, "enumeration", group=group, options=options)
