"""Looking at an org: whether it still lets us in, its edition and calls, and what of it our user may see and write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from connectors.salesforce.accounts.config import OrgConfig, change_config
from connectors.salesforce.accounts.needs import NEEDS, ROWS, Need, of_campaigns
from connectors.salesforce.api.errors import (
    Disconnected,
    NotAllowed,
    NotThere,
    SwitchedOff,
    UnknownName,
)
from connectors.salesforce.api.soql import soql
from connectors.salesforce.org import Org
from plugin.accounts.models import Installation

log = structlog.get_logger()

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
Fields = Mapping[str, Mapping[str, Any]]
Seen = Mapping[str, Fields | None]
"""The fields our user may see, by object; None: no such object for us."""
MEND = "Give our user the permission set Segue Integration, and read access by field-level security."


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
        if config.name:
            session.get_one(Installation, org.installation_id).label = _label(config)
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
    most, left = int(calls.get("Max") or 0), int(calls.get("Remaining") or 0)
    about = _first(org, "SELECT Id, Name, OrganizationType, IsSandbox FROM Organization LIMIT 1")
    edition, sandbox = str(about.get("OrganizationType") or "unknown"), bool(about.get("IsSandbox"))
    with org.database.reading() as session:
        needs = (*NEEDS, *of_campaigns(session, org.installation_id))
    seen = {name: _fields(org, name) for name in dict.fromkeys((*(need.object for need in needs), "CampaignInfluence"))}
    missing = _missing(needs, seen)
    influence, multi = seen["CampaignInfluence"] is not None, "CurrencyIsoCode" in (seen["Opportunity"] or {})
    extras = (
        f"Campaign Influence is {'on' if influence else 'off'}; {'several currencies' if multi else 'one currency'}."
    )
    findings = (
        Finding(True, f"{edition}{', a sandbox' if sandbox else ''}."),
        _calls(most, left, org.config.share),
        *_of_needs(needs, missing),
        Finding(True, extras),
        *(Finding(False, f"{what.capitalize()} can't be followed. {why}.", MEND) for what, why in hidden(org)),
    )
    return {
        "name": " ".join(str(about.get("Name") or "").split())[:80],
        "edition": edition,
        "is_sandbox": sandbox,
        "username": _username(org),
        "daily_max": most or org.config.daily_max,
        "daily_used": max(0, most - left),
        "engagement": not ROWS.lacking(missing),
        "member_link": not {"CampaignMember", "CampaignMember.Video_Link__c"} & missing,
        "missing": tuple(sorted(missing)),
        "multi_currency": multi,
        "campaign_influence": influence,
    }, findings


def hidden(org: Org) -> list[tuple[str, str]]:
    """What the worker couldn't look at when it last tried, and why."""
    return sorted((what, why.rstrip(".")) for what, why in org.config.hidden.items())


def _label(config: OrgConfig) -> str:
    return f"Salesforce {config.name}{' (sandbox)' if config.is_sandbox else ''}"


def _username(org: Org) -> str:
    if not org.config.user_id:
        return ""
    row = _first(org, soql("SELECT Id, Username FROM User WHERE Id = {id}", id=org.config.user_id))
    return str(row.get("Username") or "")


def _first(org: Org, query: str) -> Mapping[str, Any]:
    try:
        answer = org.api.read("GET", "query/", params={"q": query})
    except (UnknownName, NotAllowed):
        return {}
    rows = answer.get("records") if isinstance(answer, dict) else None
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}


def _fields(org: Org, name: str) -> Fields | None:
    try:
        answer = org.api.read("GET", f"sobjects/{name}/describe")
    except (NotThere, UnknownName, NotAllowed):
        return None
    listed = answer.get("fields") if isinstance(answer, dict) else None
    return {str(each["name"]): each for each in listed or [] if isinstance(each, dict) and "name" in each}


def _missing(needs: Sequence[Need], seen: Seen) -> set[str]:
    found: set[str] = set()
    for need in needs:
        fields = seen[need.object]
        if fields is None:
            found.add(need.object)
            continue
        found |= {f"{need.object}.{name}" for name in need.fields if not _usable(fields.get(name), need.writes)}
    return found


def _usable(field: Mapping[str, Any] | None, writes: bool) -> bool:
    return field is not None and (not writes or bool(field.get("updateable", True)))


def _of_needs(needs: Sequence[Need], missing: set[str]) -> list[Finding]:
    found = [Finding(True, "The package is deployed and ours to write.")]
    found = found if not any(need.lacking(missing) for need in NEEDS if need.packaged and need.writes) else []
    for need in needs:
        if need.object in missing:
            found.append(Finding(False, f"{need.object} isn't there for our user.", need.mend))
        elif names := need.lacking(missing):
            paths = ", ".join(f"{need.object}.{name}" for name in names)
            found.append(Finding(False, f"{paths} can't be {'written' if need.writes else 'seen'}.", need.mend))
    return list(dict.fromkeys(found))


def _calls(most: int, remaining: int, share: float) -> Finding:
    ours = round(most * share)
    words = f"{most:,} API calls in 24 hours, {remaining:,} left; at most {ours:,} of them are ours."
    if most and ours < 1_000:
        return Finding(False, words, "Raise our share, or add API calls: busy campaigns will be told late.")
    return Finding(True, words)
