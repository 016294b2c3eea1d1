"""A message as an event: the same names and values for custom events and app events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from connectors.hubspot.writeback.fold import (
    CLICKED,
    CONFIDENCES,
    OPENED,
    PLAYED,
    QUARTILE,
    SUMMARY,
    VIEWERS,
    revision_of,
)
from connectors.hubspot.writeback.text import clean, decimal
from plugin.engagement.words import number, sentence
from plugin.kernel.ids import derived_id
from plugin.outbox.ports import Message

NAMES: Mapping[str, str] = {
    OPENED: "segue_video_opened",
    PLAYED: "segue_video_played",
    QUARTILE: "segue_video_progress",
    CLICKED: "segue_video_cta_clicked",
    SUMMARY: "segue_video_summary",
}
LONGEST = 256
"""Characters of a custom event's value."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of ours and its values, all text."""

    name: str
    properties: dict[str, str]


def event_of(message: Message, visit_id: str) -> Event:
    """The event a message is told as; raises `KeyError` for a kind there is none for."""
    payload = message.payload
    found: dict[str, object] = {
        "campaign": payload.get("campaign_title") or "",
        "visit_id": visit_id,
        "who": payload.get("who") if payload.get("who") in VIEWERS else "",
    }
    if message.kind == QUARTILE:
        found["percent"] = decimal(number(payload, "quartile"))
    elif message.kind == CLICKED:
        found["label"] = payload.get("label") or payload.get("cta") or ""
    elif message.kind == SUMMARY:
        labels = payload.get("ctas")
        found |= {
            "sentence": sentence(payload),
            "confidence": payload.get("confidence") if payload.get("confidence") in CONFIDENCES else "",
            "duration_s": decimal(number(payload, "duration_s")),
            "coverage_s": decimal(number(payload, "coverage_s")),
            "watch_s": decimal(number(payload, "watch_s")),
            "ctas": ", ".join(str(label) for label in labels) if isinstance(labels, list) else "",
            "revision": str(revision_of(payload)),
        }
    texts = {name: clean(value, LONGEST) for name, value in found.items()}
    return Event(NAMES[message.kind], {name: text for name, text in texts.items() if text})


def uuid_of(key: str) -> str:
    """A message's key as the UUID HubSpot asks for: the same for the same key, always."""
    try:
        return str(UUID(key))
    except ValueError:
        return derived_id("hubspot", key)
