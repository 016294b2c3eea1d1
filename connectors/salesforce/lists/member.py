"""Someone a link is for, as campaigns, list views and reports tell of them: what is asked, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.api.errors import NotAllowed, UnknownName
from connectors.salesforce.names import PREFIXES, long_id
from connectors.salesforce.read.queries import OPT_OUT
from connectors.salesforce.records import Known

LINK, ENDS = "Video_Link__c", "Video_Link_Expires_At__c"
"""Where links are written; campaign members keep the end of theirs too, for the campaign's filters."""
OBJECTS = {"003": "Contact", "00Q": "Lead", "00v": "CampaignMember"}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "Contact": ("Id", OPT_OUT, LINK),
    "Lead": ("Id", OPT_OUT, LINK, "IsConverted", "ConvertedContactId"),
    "CampaignMember": ("Id", OPT_OUT, LINK, "ContactId", "LeadId", "CampaignId"),
}
_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Member:
    """One record a link is made for and written to."""

    record_id: str
    """Eighteen characters."""
    held: str = ""
    """The link that stands there."""
    opted_out: bool = False
    known: Known = _NOTHING
    """Whom the record stands for, or where it went."""
    missing: bool = False
    """It was told of, but isn't there."""

    @property
    def kind(self) -> str:
        """contact | lead | campaign_member."""
        return PREFIXES[self.record_id[:3]]

    @property
    def type(self) -> str:
        """Salesforce's name of it."""
        return OBJECTS[self.record_id[:3]]


def member_of(row: Mapping[str, Any]) -> Member:
    """A row of `FIELDS`; raises `BadInput` for one without an id."""
    record_id = long_id(str(row.get("Id")))
    held, out = str(row.get(LINK) or ""), bool(row.get(OPT_OUT))
    if record_id.startswith("003"):
        return Member(record_id, held, out, Known(contact_id=record_id))
    if record_id.startswith("00Q"):
        contact = row.get("ConvertedContactId") if row.get("IsConverted") else None
        known = Known(lead_id=record_id, moved_to=long_id(str(contact)) if contact else None)
        return Member(record_id, held, out, known)
    known = Known(contact_id=row.get("ContactId"), lead_id=row.get("LeadId"), campaign_id=row.get("CampaignId"))
    return Member(record_id, held, out, known)


def may_not(kind: str, error: Exception) -> NotAllowed:
    """That our user lacks the link's field, in words an admin can act on."""
    words = f"our user may not see and change {kind}.{LINK}: deploy the package and give our user the permission set"
    fault = error.fault if isinstance(error, UnknownName | NotAllowed) else None
    return NotAllowed(f"Salesforce: {words} Segue Integration, then go on", fault=fault)


def names_link(error: UnknownName) -> bool:
    """Whether an unknown name is that of a field links are written to."""
    return LINK in str(error) or ENDS in str(error)
