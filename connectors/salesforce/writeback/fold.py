"""Messages of one visit → what its `Video_Engagement__c` row says: only ever added to, in any order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.words import sentence
from plugin.outbox.ports import Message

FACING = "Facing_Screen_Percent__c"
SUMMARY = "visit.summarised"
MOST = 131_072
"""Characters of a long text area."""
# What each status is worth: it only ever rises.
OPENED, WATCHED, CLICKED = 1, 2, 3
_MILESTONES = (0, 25, 50, 75, 100)
_WATCHED_FROM = 75
_CONSENTS = ("given", "not_asked")
"""What a row can say: of one who said no nothing is told."""

Folded = Mapping[str, Any]


def fold(held: Folded, messages: Iterable[Message]) -> dict[str, Any]:
    """`held` and what the messages add; the same message again adds nothing, and an older summary overwrites none."""
    found = dict(held)
    for message in messages:
        payload, at = message.payload, message.occurred_at.isoformat()
        if message.kind == WITHDRAWN:
            _withdraw(found, payload)
            continue
        found["video"] = _text(payload.get("campaign_title") or found.get("video"), 255)
        found["campaign_id"] = payload.get("campaign_id") or found.get("campaign_id")
        match message.kind:
            case "link.opened":
                found["opened_at"] = min(found.get("opened_at") or at, at)
                found["last_opened_at"] = max(found.get("last_opened_at") or at, at)
            case "video.quartile_reached":
                found["milestone"] = max(found.get("milestone", 0), _milestone(payload.get("quartile")))
            case "cta.clicked":
                _add_click(found, at, payload.get("label"))
            case "visit.summarised":
                _add_summary(found, payload)
    return found


def is_told(folded: Folded) -> bool:
    """Whether there is something to write: of a visit never told, nothing has to be taken back."""
    return bool(folded.get("opened_at") or folded.get("milestone") or folded.get("cta_at") or folded.get("summary"))


def rank(folded: Folded) -> int:
    """How far this visit moves a campaign member's status."""
    if folded.get("cta_at"):
        return CLICKED
    if folded.get("milestone", 0) >= _WATCHED_FROM:
        return WATCHED
    return OPENED if folded.get("opened_at") else 0


def faces(folded: Folded) -> bool:
    """Whether its share of facing the screen stands: a later yes isn't taken back with an earlier one."""
    return "attention" in (folded.get("summary") or {})


def row(visit_id: str, folded: Folded, record: Mapping[str, str | None]) -> dict[str, Any]:
    """The record as a collection takes it; `record` names the lookups that are known."""
    told = folded.get("summary") or {}
    milestone = max(folded.get("milestone", 0), _milestone(told.get("quartile")))
    duration = _number(told.get("duration_s"))
    coverage = _number(told.get("coverage_s"))
    percent = round(min(100.0, 100 * coverage / duration), 2) if duration else float(milestone)
    fields: dict[str, Any] = {
        "attributes": {"type": "Video_Engagement__c"},
        "Session_Key__c": visit_id[:64],
        **{name: value for name, value in record.items() if value},
        "Video_Name__c": folded.get("video"),
        "Max_Milestone__c": milestone,
        "Coverage_Percent__c": max(percent, float(milestone)),
        "First_Opened_At__c": folded.get("opened_at"),
        "Last_Opened_At__c": folded.get("last_opened_at"),
        "CTA_Clicked__c": bool(folded.get("cta_at")),
        "CTA_Clicked_At__c": folded.get("cta_at"),
        "CTA_Label__c": folded.get("cta_label"),
        "Revision__c": folded.get("revision", 0),
    }
    known = {name: value for name, value in (fields | _of_summary(told)).items() if value is not None}
    if folded.get("faced"):
        # Said even when it is nothing: a share that was withdrawn must go from the row.
        known[FACING] = _facing(told.get("attention"))
    return known


def _of_summary(told: Mapping[str, Any]) -> dict[str, Any]:
    if not told:
        return {}
    replays = [f"{each.get('title') or each.get('scene')} × {each.get('times')}" for each in told.get("replays") or []]
    return {
        "Coverage_Seconds__c": _number(told.get("coverage_s")),
        "Watch_Seconds__c": _number(told.get("watch_s")),
        "Duration_Seconds__c": _number(told.get("duration_s")),
        "Sentence__c": _text(sentence(told), 255),
        "Who__c": told.get("who"),
        "Confidence__c": told.get("confidence"),
        "Reasons__c": _lines(told.get("reasons")),
        "Replays__c": _lines(replays),
        "Spans__c": _json(told.get("spans")),
        "Again__c": _json(told.get("again")),
        "Score__c": told.get("score"),
        "Score_Reasons__c": _lines(told.get("score_reasons")),
        "Consent__c": told.get("consent") if told.get("consent") in _CONSENTS else None,
        "Link_Id__c": _text(told.get("link_id"), 64),
    }


def _add_click(found: dict[str, Any], at: str, label: object) -> None:
    # The first click is when it happened, the last label is what a rep speaks of.
    found["cta_at"] = min(found.get("cta_at") or at, at)
    if at >= (found.get("cta_last_at") or at):
        found["cta_last_at"], found["cta_label"] = at, _text(label, 255)


def _add_summary(found: dict[str, Any], payload: Mapping[str, Any]) -> None:
    revision = _revision(payload)
    if "attention" in payload:
        found["faced"] = True
    if not revision or revision <= found.get("revision", 0):
        return
    found["revision"], found["summary"] = revision, dict(payload)
    _forget_facing(found)
    found["milestone"] = max(found.get("milestone", 0), _milestone(payload.get("quartile")))
    started = payload.get("started_at")
    if isinstance(started, str):
        found["opened_at"] = min(found.get("opened_at") or started, started)
        found["last_opened_at"] = max(found.get("last_opened_at") or started, started)


def _withdraw(found: dict[str, Any], payload: Mapping[str, Any]) -> None:
    """The share up to that revision isn't told, whichever of both comes first."""
    found["faced"], found["withdrawn"] = True, max(found.get("withdrawn", 0), _revision(payload))
    _forget_facing(found)


def _forget_facing(found: dict[str, Any]) -> None:
    if found.get("revision", 0) <= found.get("withdrawn", 0) and "summary" in found:
        found["summary"] = {name: value for name, value in found["summary"].items() if name != "attention"}


def _facing(told: object) -> int | None:
    """The share alone, in percent: neither how it went on nor how much of it could be judged."""
    share = told.get("share") if isinstance(told, Mapping) else None
    return round(100 * min(1.0, max(0.0, share))) if isinstance(share, int | float) else None


def _revision(payload: Mapping[str, Any]) -> int:
    revision = payload.get("revision")
    return revision if isinstance(revision, int) else 0


def _milestone(value: object) -> int:
    return value if isinstance(value, int) and value in _MILESTONES else 0


def _number(value: object) -> float:
    return round(float(value), 2) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _text(value: object, most: int) -> str | None:
    """Visible text of at most `most` UTF-16 units, as Salesforce counts them."""
    if not isinstance(value, str):
        return None
    plain = "".join(char for char in value if char.isprintable())
    while len(plain.encode("utf-16-le")) > 2 * most:
        plain = plain[: len(plain) - 1]
    return plain or None


def _lines(values: object) -> str | None:
    if not isinstance(values, list | tuple):
        return None
    return _text(" · ".join(str(value) for value in values), 4_000)


def _json(value: object) -> str | None:
    if not isinstance(value, list):
        return None
    text = orjson.dumps(value).decode()
    return text if len(text) <= MOST else None
