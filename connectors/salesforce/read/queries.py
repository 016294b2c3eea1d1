"""What to ask for one person, from the paths a storyboard names: one composite request. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.salesforce.api.soql import soql
from connectors.salesforce.api.version import API
from connectors.salesforce.names import is_field

ROOTS = ("contact", "lead", "account", "opportunity", "campaign_member")
OPT_OUT = "HasOptedOutOfEmail"
ROOTS_OF: Mapping[str, tuple[str, ...]] = {
    "Contact": ("contact",),
    "Lead": ("lead", "contact"),
    "Account": ("account",),
    "Opportunity": ("opportunity",),
    "CampaignMember": ("campaign_member",),
}
"""Which paths an object answers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Field names by root, without those that can't be names; `missing` are `Object.Field` an object doesn't have.

    A lead is asked for a contact's fields, too, and has others: so what is missing is missing from an object.
    """

    by_root: Mapping[str, tuple[str, ...]]
    missing: Collection[str] = ()

    def on(self, name: str) -> tuple[str, ...]:
        """What to ask an object for."""
        meant = dict.fromkeys(field for root in ROOTS_OF.get(name, ()) for field in self.by_root.get(root, ()))
        return tuple(field for field in meant if f"{name}.{field}" not in self.missing)


def wanted(paths: Collection[str], missing: Collection[str] = ()) -> Wanted:
    """`contact.FirstName` → `{"contact": ("FirstName",)}`."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        root, _, name = path.partition(".")
        if root in ROOTS and is_field(name):
            found.setdefault(root, []).append(name)
    return Wanted({root: tuple(names) for root, names in found.items()}, missing)


def for_contact(contact_id: str, fields: Wanted) -> dict[str, str]:
    """Queries by reference id: the contact with its account, its fate, primary opportunity and latest membership."""
    selected = _select(("Id", OPT_OUT, *fields.on("Contact")), Account=fields.on("Account"))
    queries = {
        "person": soql(f"SELECT {selected} FROM Contact WHERE Id = {{id}}", id=contact_id),
        "fate": _fate("Contact", contact_id),
    }
    if names := fields.on("Opportunity"):
        queries["opportunity"] = soql(
            f"SELECT {_select(('Id', *names))} FROM Opportunity WHERE Id IN "
            "(SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId = {id}) AND IsClosed = false "
            "ORDER BY LastModifiedDate DESC, Id LIMIT 1",
            id=contact_id,
        )
    if names := fields.on("CampaignMember"):
        queries["campaign_member"] = soql(
            f"SELECT {_select(('Id', *names))} FROM CampaignMember WHERE ContactId = {{id}} "
            "ORDER BY CreatedDate DESC, Id LIMIT 1",
            id=contact_id,
        )
    return queries


def for_lead(lead_id: str, fields: Wanted) -> dict[str, str]:
    """A lead's own fields, and those asked of a contact where a lead has one of that name."""
    selected = _select(("Id", "IsConverted", "ConvertedContactId", OPT_OUT, *fields.on("Lead")))
    queries = {
        "person": soql(f"SELECT {selected} FROM Lead WHERE Id = {{id}}", id=lead_id),
        "fate": _fate("Lead", lead_id),
    }
    if names := fields.on("CampaignMember"):
        queries["campaign_member"] = soql(
            f"SELECT {_select(('Id', *names))} FROM CampaignMember WHERE LeadId = {{id}} "
            "ORDER BY CreatedDate DESC, Id LIMIT 1",
            id=lead_id,
        )
    return queries


def for_member(member_id: str, fields: Wanted) -> dict[str, str]:
    """A campaign member with the person behind it and that person's account."""
    selected = _select(
        ("Id", "ContactId", "LeadId", "CampaignId", *fields.on("CampaignMember")),
        Contact=(OPT_OUT, *fields.on("Contact")),
        Lead=(OPT_OUT, *fields.on("Lead")),
        **{"Contact.Account": fields.on("Account")},
    )
    return {"person": soql(f"SELECT {selected} FROM CampaignMember WHERE Id = {{id}}", id=member_id)}


def composite(queries: Mapping[str, str]) -> dict[str, Any]:
    """One request for them all; a query that fails doesn't fail the others."""
    return {
        "allOrNone": False,
        "compositeRequest": [
            {"method": "GET", "referenceId": name, "url": f"/services/data/v{API}/{_verb(name)}/?q={quote(query)}"}
            for name, query in queries.items()
        ],
    }


def _verb(name: str) -> str:
    # Only queryAll sees what was deleted or merged away.
    return "queryAll" if name == "fate" else "query"


def _fate(kind: str, record_id: str) -> str:
    return soql(f"SELECT Id, IsDeleted, MasterRecordId FROM {kind} WHERE Id = {{id}}", id=record_id)


def _select(own: Collection[str], **parents: Collection[str]) -> str:
    names = [*own, *(f"{parent}.{name}" for parent, each in parents.items() for name in each)]
    return ", ".join(dict.fromkeys(names))
