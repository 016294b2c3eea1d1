"""Looking at an org: whether it still lets us in, its edition and calls, and what of the package our user may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from connectors.salesforce.accounts.config import OrgConfig, change_config
from connectors.salesforce.api.errors import (
    Disconnected,
    NotAllowed,
    NotThere,
    SwitchedOff,
    UnknownName,
)
from connectors.salesforce.org import Org
from connectors.salesforce.writeback.fold import FACING

log = structlog.get_logger()

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
ENGAGEMENT = "Video_Engagement__c"
_WRITTEN = (
    "Session_Key__c", "Contact__c", "Lead__c", "Campaign__c", "Coverage_Percent__c", "Max_Milestone__c",
    "First_Opened_At__c", "Last_Opened_At__c", "CTA_Clicked__c", "CTA_Label__c", "Revision__c", "Who__c",
)  # fmt: skip
_ASSIGN = "Deploy the package; assign the permission set Segue Integration."
_LINKS = {"CampaignMember": "Video_Link__c", "Contact": "Video_Link__c", "Lead": "Video_Link__c"}
_READ = {
    "Contact": ("Id", "FirstName", "HasOptedOutOfEmail"),
    "Lead": ("Id", "HasOptedOutOfEmail"),
    "Opportunity": ("Id",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an admin should know; `mend` is "" when nothing is to be done."""

    fine: bool
    words: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """An org as it stands; `config` is what was kept of it."""

    config: OrgConfig
    findings: tuple[Finding, ...]


def probe(org: Org) -> Probed:
    """Look, keep what was found in the installation's config, and say it in words.

    An org that lets us in no more, or whose edition has no API, is kept as such (`config.problem`), not raised. Raises
    `SalesforceError` when it can't be asked just now: then nothing is changed.
    """
    try:
        found, findings = _look(org)
    except (Disconnected, SwitchedOff) as error:
        found, findings = {"problem": str(error)}, (Finding(False, str(error), "Connect the org again."),)
    at = org.clock().isoformat()
    with org.database.transaction() as session:
        config = change_config(
            session, org.installation_id, lambda held: replace(held, **{"problem": None, **found}, probed_at=at)
        )
    log.info("salesforce.probed", installation_id=org.installation_id, problem=config.problem is not None)
    return Probed(config, findings)


def is_due(org: Org) -> bool:
    """Whether it is time to look again; one with a problem sooner, as its admin may have mended it."""
    probed = org.config.probed
    every = AGAIN if org.config.problem else EVERY
    return probed is None or org.clock() >= probed + every


def _look(org: Org) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    limits = org.api.read("GET", "limits/")
    calls = limits.get("DailyApiRequests", {}) if isinstance(limits, dict) else {}
    most = int(calls.get("Max") or 0)
    about = _about(org)
    edition, sandbox = str(about.get("OrganizationType") or "unknown"), bool(about.get("IsSandbox"))
    findings = [
        Finding(True, f"{edition}{', a sandbox' if sandbox else ''}."),
        _calls(most, int(calls.get("Remaining") or 0), org.config.share),
    ]
    engagement = _fields(org, ENGAGEMENT)
    findings.append(_package(engagement))
    if engagement is not None and FACING not in engagement:
        words = f"{FACING} isn't there: how much somebody faced the screen, where they agreed to it, isn't told."
        findings.append(Finding(False, words, "Deploy the present package."))
    lacking, member_link = _unreadable(org, findings)
    opportunity = _fields(org, "Opportunity") or {}
    influence = _fields(org, "CampaignInfluence") is not None
    multi = "CurrencyIsoCode" in opportunity
    extras = (
        f"Campaign Influence is {'on' if influence else 'off'}; {'several currencies' if multi else 'one currency'}."
    )
    findings.append(Finding(True, extras))
    return {
        "edition": edition,
        "is_sandbox": sandbox,
        "daily_max": most or org.config.daily_max,
        "engagement": _writable(engagement),
        "member_link": member_link,
        "unreadable": lacking,
        "multi_currency": multi,
        "campaign_influence": influence,
    }, tuple(findings)


def _about(org: Org) -> Mapping[str, Any]:
    try:
        query = "SELECT Id, OrganizationType, IsSandbox FROM Organization LIMIT 1"
        answer = org.api.read("GET", "query/", params={"q": query})
    except (UnknownName, NotAllowed):
        return {}
    rows = answer.get("records") if isinstance(answer, dict) else None
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}


def _fields(org: Org, name: str) -> dict[str, Mapping[str, Any]] | None:
    """The fields of an object our user may see, by name; None when there is no such object for us."""
    try:
        answer = org.api.read("GET", f"sobjects/{name}/describe")
    except (NotThere, UnknownName, NotAllowed):
        return None
    listed = answer.get("fields") if isinstance(answer, dict) else None
    return {str(each["name"]): each for each in listed or [] if isinstance(each, dict) and "name" in each}


def _unreadable(org: Org, findings: list[Finding]) -> tuple[tuple[str, ...], bool]:
    lacking: list[str] = []
    for name, needed in _READ.items():
        seen = _fields(org, name)
        lacking += [f"{name}.{field}" for field in needed if seen is None or field not in seen]
    writable = {name: (_fields(org, name) or {}).get(field) for name, field in _LINKS.items()}
    member = bool((writable["CampaignMember"] or {}).get("updateable"))
    mend = "Give our user read access by field-level security."
    findings += [Finding(False, f"{path} can't be seen.", mend) for path in lacking]
    if not member:
        findings.append(Finding(False, "Links can't be written to campaign members.", _ASSIGN))
    return tuple(lacking), member


def _calls(most: int, remaining: int, share: float) -> Finding:
    ours = round(most * share)
    words = f"{most:,} API calls in 24 hours, {remaining:,} left; at most {ours:,} of them are ours."
    if most and ours < 1_000:
        return Finding(False, words, "Raise our share, or add API calls: busy campaigns will be told late.")
    return Finding(True, words)


def _package(engagement: Mapping[str, Mapping[str, Any]] | None) -> Finding:
    if engagement is None:
        return Finding(False, "Video_Engagement__c isn't there for our user.", _ASSIGN)
    hidden = [name for name in _WRITTEN if name not in engagement or not engagement[name].get("updateable", True)]
    if hidden:
        return Finding(False, f"{', '.join(hidden)} can't be written.", "Assign the permission set Segue Integration.")
    return Finding(True, "The package is deployed and ours to write.")


def _writable(engagement: Mapping[str, Mapping[str, Any]] | None) -> bool:
    return engagement is not None and _package(engagement).fine
