"""What our user must see and write in an org, and what doesn't work without it: the only list there is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.salesforce.writeback.fold import FACING
from plugin.campaigns.models import Campaign
from plugin.decisions.story import published_story

ENGAGEMENT = "Video_Engagement__c"
_ASSIGN = "Deploy the package; assign the permission set Segue Integration."
_OBJECT = {
    "contact": "Contact",
    "lead": "Lead",
    "account": "Account",
    "opportunity": "Opportunity",
    "campaign_member": "CampaignMember",
}


@dataclass(frozen=True, slots=True)
class Need:
    """Fields of one object. `packaged`: they, or the right to them, come with the package."""

    object: str
    fields: tuple[str, ...]
    writes: bool
    reason: str
    packaged: bool = True

    def lacking(self, missing: Collection[str]) -> tuple[str, ...]:
        """Its fields among `missing` (`Object.Field`, or `Object` for one that isn't there at all)."""
        if self.object in missing:
            return self.fields
        return tuple(name for name in self.fields if f"{self.object}.{name}" in missing)

    @property
    def mend(self) -> str:
        """What an admin does about it."""
        if self.packaged:
            return _ASSIGN
        return "If the API name is right, give Segue's user read access by field-level security."


ROWS = Need(
    ENGAGEMENT,
    (
        "Session_Key__c", "Contact__c", "Lead__c", "Campaign__c", "Coverage_Percent__c", "Max_Milestone__c",
        "First_Opened_At__c", "Last_Opened_At__c", "CTA_Clicked__c", "CTA_Label__c", "Revision__c", "Who__c",
    ),
    True,
    "A row for each visit: what was watched and pressed, for reps, reports and Flows.",
)  # fmt: skip
"""Without it nothing is told to the org."""
NEEDS = (
    ROWS,
    Need(ENGAGEMENT, (FACING,), True, "How much somebody faced the screen, where they agreed to it."),
    Need("CampaignMember", ("Video_Link__c",), True, "The link of each campaign’s member, for the mail."),
    Need("CampaignMember", ("Status",), True, "A member’s status moves forward: opened, watched, clicked."),
    Need("Contact", ("Video_Link__c",), True, "A contact’s latest link."),
    Need("Lead", ("Video_Link__c",), True, "A lead’s latest link."),
    Need("Contact", ("FirstName", "HasOptedOutOfEmail"), False, "Whom the page greets, and who takes no mail."),
    Need("Lead", ("FirstName", "HasOptedOutOfEmail", "ConvertedContactId"), False, "The same, and whom a lead became."),
    Need("Opportunity", ("StageName",), False, "What came of it."),
)


def of_campaigns(session: Session, installation_id: str) -> tuple[Need, ...]:
    """What the org's published campaigns read of a record, one need for each object and campaign."""
    campaigns = session.scalars(
        select(Campaign)
        .where(Campaign.installation_id == installation_id, Campaign.published_version.is_not(None))
        .order_by(Campaign.slug)
    ).all()
    found: list[Need] = []
    for campaign in campaigns:
        story = published_story(session, campaign.id, campaign.published_version)
        for name, fields in _by_object(story.paths).items():
            found.append(Need(name, fields, False, f"Named by the campaign ‘{campaign.slug}’.", packaged=False))
    return tuple(found)


def _by_object(paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        root, _, name = path.partition(".")
        if root in _OBJECT and name:
            found.setdefault(_OBJECT[root], []).append(name)
    return {name: tuple(fields) for name, fields in found.items()}
