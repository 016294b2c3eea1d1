"""What deploying our package adds: `Video_Engagement__c`, and a link on campaign members, contacts and leads.

The one list of these fields in this folder; `connectors/salesforce/package` holds them as metadata, and a test holds
both together once it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.salesforce.sandbox.schema.field import Field, flag, long_text, number, of, pick, ref, text
from connectors.salesforce.sandbox.schema.kind import kind

LONG = 131_072

ENGAGEMENT = kind(
    "Video_Engagement__c",
    "a0V",
    text("Name", 80, create=False, update=False, label="Video Engagement Name"),
    text("Session_Key__c", 64, external_id=True, unique=True, case_sensitive=True, required=True),
    ref("Contact__c", "Contact", children="Video_Engagements__r"),
    ref("Lead__c", "Lead", children="Video_Engagements__r"),
    ref("Campaign__c", "Campaign", children="Video_Engagements__r"),
    ref("Opportunity__c", "Opportunity", children="Video_Engagements__r"),
    text("Campaign_Member_Id__c", 18),
    number("Coverage_Percent__c", 5, 2),
    number("Coverage_Seconds__c", 18, 2),
    number("Watch_Seconds__c", 18, 2),
    number("Duration_Seconds__c", 18, 2),
    number("Max_Milestone__c", 3, 0),
    of("datetime", "First_Opened_At__c"),
    of("datetime", "Last_Opened_At__c"),
    flag("CTA_Clicked__c"),
    of("datetime", "CTA_Clicked_At__c"),
    text("CTA_Label__c"),
    text("Link_Id__c", 64),
    text("Video_Name__c"),
    pick("Who__c", "person", "likely_person", restricted=True),
    pick("Confidence__c", "low", "medium", "high", restricted=True),
    long_text("Reasons__c", LONG),
    long_text("Replays__c", LONG),
    long_text("Spans__c", LONG),
    long_text("Again__c", LONG),
    pick("Consent__c", "given", "refused", "withdrawn", "signalled_off", "not_asked", restricted=True),
    number("Facing_Screen_Percent__c", 3, 0),
    number("Score__c", 3, 0),
    long_text("Score_Reasons__c", LONG),
    text("Sentence__c"),
    number("Revision__c", 18, 0),
    text("Opened_Task_Id__c", 18),
    text("Watched_Task_Id__c", 18),
    text("CTA_Task_Id__c", 18),
    label="Video Engagement",
    owned=True,
)

_LINK = of("url", "Video_Link__c")
ADDED: Mapping[str, Sequence[Field]] = {
    "CampaignMember": (_LINK, of("datetime", "Video_Link_Expires_At__c")),
    "Contact": (_LINK,),
    "Lead": (_LINK,),
}
