"""Opportunities, who has a part in them, and which campaigns led there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sandbox.schema.field import (
    Rows,
    derived,
    flag,
    long_text,
    money,
    number,
    of,
    pick,
    ref,
    text,
)
from connectors.salesforce.sandbox.schema.kind import kind
from connectors.salesforce.sandbox.schema.people import SOURCES


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage says of the deal."""

    probability: float
    closed: bool = False
    won: bool = False


STAGES: Mapping[str, Stage] = {
    "Prospecting": Stage(10),
    "Qualification": Stage(10),
    "Needs Analysis": Stage(20),
    "Value Proposition": Stage(50),
    "Id. Decision Makers": Stage(60),
    "Perception Analysis": Stage(70),
    "Proposal/Price Quote": Stage(75),
    "Negotiation/Review": Stage(90),
    "Closed Won": Stage(100, closed=True, won=True),
    "Closed Lost": Stage(0, closed=True),
}


def _stage(row: Mapping[str, Any]) -> Stage:
    return STAGES.get(str(row.get("StageName")), Stage(0))


def _closed(_: Rows, row: Mapping[str, Any]) -> bool:
    return _stage(row).closed


def _won(_: Rows, row: Mapping[str, Any]) -> bool:
    return _stage(row).won


OPPORTUNITY = kind(
    "Opportunity",
    "006",
    text("Name", 120, required=True),
    ref("AccountId", "Account", children="Opportunities"),
    pick("StageName", *STAGES, required=True, label="Stage"),
    of("date", "CloseDate", required=True),
    money("Amount"),
    of("percent", "Probability", precision=3),
    pick("Type", "New Customer", "Existing Customer - Upgrade", "Existing Customer - Replacement"),
    pick("LeadSource", *SOURCES),
    text("NextStep"),
    long_text("Description"),
    ref("CampaignId", "Campaign", children="Opportunities"),
    derived("IsClosed", "boolean", _closed, label="Closed"),
    derived("IsWon", "boolean", _won, label="Won"),
    plural="Opportunities",
    owned=True,
)

ROLES = ("Business User", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Other")

CONTACT_ROLE = kind(
    "OpportunityContactRole",
    "00K",
    ref(
        "OpportunityId",
        "Opportunity",
        children="OpportunityContactRoles",
        required=True,
        update=False,
        on_delete="cascade",
    ),
    ref("ContactId", "Contact", children="OpportunityContactRoles", required=True, on_delete="cascade"),
    pick("Role", *ROLES),
    flag("IsPrimary", label="Primary"),
    label="Opportunity Contact Role",
    parent="OpportunityId",
)

INFLUENCE = kind(
    "CampaignInfluence",
    "2Zc",
    ref("OpportunityId", "Opportunity", children="CampaignInfluences", required=True, on_delete="cascade"),
    ref("CampaignId", "Campaign", children="CampaignInfluences", required=True, on_delete="cascade"),
    ref("ContactId", "Contact", children="CampaignInfluences"),
    number("Influence", 5, 2),
    money("RevenueShare"),
    label="Campaign Influence",
    parent="OpportunityId",
)

ALL = (OPPORTUNITY, CONTACT_ROLE)
