"""What to ask for one person, from the paths a storyboard names: one composite request. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.salesforce.api.version import API
from connectors.salesforce.names import is_field, soql

ROOTS = ("contact", "lead", "account", "opportunity", "campaign_member")
OPT_OUT = "HasOptedOutOfEmail"
_OBJECT = {"contact": "Contact", "lead": "Lead", "campaign_member": "CampaignMember"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Field names by root, without those that can't be names and those known not to be there."""

    by_root: Mapping[str, tuple[str, ...]]

    def of(self, root: str) -> tuple[str, ...]:
        """Of one root."""
        return self.by_root.get(root, ())


def wanted(paths: Collection[str], unknown: Collection[str] = ()) -> Wanted:
    """`contact.FirstName` → `{"contact": ("FirstName",)}`; `unknown` holds `root.field` found missing before."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        root, _, name = path.partition(".")
        if root in ROOTS and is_field(name) and path not in unknown:
            found.setdefault(root, []).append(name)
    return Wanted({root: tuple(names) for root, names in found.items()})


def for_contact(contact_id: str, fields: Wanted) -> dict[str, str]:
    """Queries by reference id: the contact with its account, its fate, primary opportunity and latest membership."""
    selected = _select(("Id", OPT_OUT, *fields.of("contact")), Account=fields.of("account"))
    queries = {
        "person": soql(f"SELECT {selected} FROM Contact WHERE Id = {{id}}", id=contact_id),
        "fate": _fate("Contact", contact_id),
    }
    if names := fields.of("opportunity"):
        queries["opportunity"] = soql(
            f"SELECT {_select(('Id', *names))} FROM Opportunity WHERE Id IN "
            "(SELECT OpportunityId FROM OpportunityContactRole WHERE ContactId = {id}) AND IsClosed = false "
            "ORDER BY LastModifiedDate DESC, Id LIMIT 1",
            id=contact_id,
        )
    if names := fields.of("campaign_member"):
        queries["campaign_member"] = soql(
            f"SELECT {_select(('Id', *names))} FROM CampaignMember WHERE ContactId = {{id}} "
            "ORDER BY CreatedDate DESC, Id LIMIT 1",
            id=contact_id,
        )
    return queries


def for_lead(lead_id: str, fields: Wanted) -> dict[str, str]:
    """A lead's own fields, and those asked of a contact where a lead has one of that name."""
    both = dict.fromkeys((*fields.of("lead"), *fields.of("contact")))
    selected = _select(("Id", "IsConverted", "ConvertedContactId", OPT_OUT, *both))
    queries = {
        "person": soql(f"SELECT {selected} FROM Lead WHERE Id = {{id}}", id=lead_id),
        "fate": _fate("Lead", lead_id),
    }
    if names := fields.of("campaign_member"):
        queries["campaign_member"] = soql(
            f"SELECT {_select(('Id', *names))} FROM CampaignMember WHERE LeadId = {{id}} "
            "ORDER BY CreatedDate DESC, Id LIMIT 1",
            id=lead_id,
        )
    return queries


def for_member(member_id: str, fields: Wanted) -> dict[str, str]:
    """A campaign member with the person behind it and that person's account."""
    person = (OPT_OUT, *fields.of("contact"))
    selected = _select(
        ("Id", "ContactId", "LeadId", "CampaignId", *fields.of("campaign_member")),
        Contact=person,
        Lead=(OPT_OUT, *fields.of("lead")),
        **{"Contact.Account": fields.of("account")},
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
