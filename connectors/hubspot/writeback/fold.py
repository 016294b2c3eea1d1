"""Messages of one contact → their properties: absolute values, so that writing them twice is harmless. Pure.

Each message is folded in once (the ledger sees to that) and the order they come in doesn't matter: opens add up,
the highest coverage and score stay, of moments the latest (of the first play: the earliest) wins, and an older
revision of a visit's summary never replaces a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.hubspot.writeback.text import clean, decimal, iso
from plugin.engagement.words import number
from plugin.outbox.ports import Message

OPENED, PLAYED, QUARTILE = "link.opened", "video.played", "video.quartile_reached"
CLICKED, SUMMARY = "cta.clicked", "visit.summarised"

BEARS: Mapping[str, tuple[str, ...]] = {
    OPENED: ("segue_last_opened_at", "segue_open_count", "segue_last_campaign"),
    PLAYED: ("segue_first_played_at",),
    QUARTILE: ("segue_max_coverage",),
    CLICKED: ("segue_cta_clicked_at", "segue_cta_label"),
    SUMMARY: ("segue_max_coverage", "segue_viewer", "segue_confidence", "segue_score"),
}
"""The properties a message of each kind has something to say in. Kinds that aren't here say nothing to HubSpot."""

VIEWERS = ("person", "likely_person")
CONFIDENCES = ("low", "medium", "high")
_LONGEST_NAME = 500

Folded = Mapping[str, Any]
"""What is kept of a contact: `opens`, `opened` [at, campaign], `played` (first), `coverage`, `clicked` [at, label],
`visit` [started at, visit id, revision, viewer, confidence] of the last visit summed up, `score`. As JSON."""


def fold(held: Folded, messages: Iterable[Message]) -> dict[str, Any]:
    """`held` and what messages not folded before add to it."""
    found = dict(held)
    for message in messages:
        found = combine(found, _of(message))
    return found


def combine(one: Folded, other: Folded) -> dict[str, Any]:
    """Two contacts that became one, or a contact and one message more."""
    found = {**one, **other}
    if "opens" in one and "opens" in other:
        found["opens"] = one["opens"] + other["opens"]
    for name, better in (("coverage", max), ("score", max), ("played", min)):
        if name in one and name in other:
            found[name] = better(one[name], other[name])
    for name in ("opened", "clicked", "visit"):
        if name in one and name in other:
            found[name] = max(one[name], other[name], key=_rank)
    return found


def properties(folded: Folded) -> dict[str, str]:
    """The contact properties that have a value, as HubSpot takes them."""
    found: dict[str, str] = {}
    if opened := folded.get("opened"):
        found["segue_last_opened_at"] = _moment(opened[0])
        found["segue_last_campaign"] = str(opened[1])
    if "opens" in folded:
        found["segue_open_count"] = str(folded["opens"])
    if "played" in folded:
        found["segue_first_played_at"] = _moment(folded["played"])
    if "coverage" in folded:
        found["segue_max_coverage"] = decimal(folded["coverage"])
    if clicked := folded.get("clicked"):
        found["segue_cta_clicked_at"] = _moment(clicked[0])
        found["segue_cta_label"] = str(clicked[1])
    if visit := folded.get("visit"):
        found["segue_viewer"], found["segue_confidence"] = str(visit[3]), str(visit[4])
    if "score" in folded:
        found["segue_score"] = str(folded["score"])
    return {name: value for name, value in found.items() if value}


def _of(message: Message) -> Folded:
    payload, at = message.payload, message.occurred_at.astimezone(UTC).isoformat()
    match message.kind:
        case "link.opened":
            return {"opens": 1, "opened": [at, clean(payload.get("campaign_title") or "", _LONGEST_NAME)]}
        case "video.played":
            return {"played": at}
        case "video.quartile_reached":
            return {"coverage": _percent(number(payload, "quartile"))}
        case "cta.clicked":
            return {"clicked": [at, clean(payload.get("label") or payload.get("cta") or "", _LONGEST_NAME)]}
        case "visit.summarised":
            return _summary(payload, at)
    return {}


def _summary(payload: Mapping[str, Any], at: str) -> Folded:
    duration, seen = number(payload, "duration_s"), number(payload, "coverage_s")
    viewer, confidence = payload.get("who"), payload.get("confidence")
    found: dict[str, Any] = {
        "visit": [
            at,
            str(payload.get("session_key") or payload.get("visit_id") or ""),
            revision_of(payload),
            viewer if viewer in VIEWERS else "",
            confidence if confidence in CONFIDENCES else "",
        ]
    }
    if duration > 0:
        found["coverage"] = 100 if payload.get("completed") else _percent(100 * seen / duration)
    if payload.get("score") is not None:
        found["score"] = round(_percent(number(payload, "score")))
    return found


def revision_of(payload: Mapping[str, Any]) -> int:
    """Which summary of its visit this is, from 1."""
    revision = payload.get("revision")
    return revision if isinstance(revision, int) else 0


def _rank(held: list[Any]) -> tuple[Any, ...]:
    """By moment; told apart by all that stands behind it, so that no order of coming matters."""
    return (datetime.fromisoformat(held[0]), *held[1:])


def _percent(value: float) -> float:
    return round(min(100.0, max(0.0, value)), 1)


def _moment(at: str) -> str:
    return iso(datetime.fromisoformat(at))
