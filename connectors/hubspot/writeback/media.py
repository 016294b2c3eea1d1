"""A message as an event of a Media Bridge session: HubSpot's own words for a video somebody watches. Pure.

HubSpot's 'attention span' is which seconds were *watched*, and how often: nobody is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from connectors.hubspot.api.version import MEDIA_BRIDGE
from connectors.hubspot.writeback.fold import PLAYED, QUARTILE, SUMMARY
from connectors.hubspot.writeback.text import clean
from plugin.engagement.words import number
from plugin.outbox.ports import Message

_EVENTS = f"/media-bridge/{MEDIA_BRIDGE}/events"
_LONGEST_NAME = 250
_LONGEST_VIDEO_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class MediaEvent:
    """One call: its path and body. `opens` the session that the others need."""

    path: str
    body: dict[str, Any]
    opens: bool = False


def started(message: Message, visit_id: str, contact_id: str, page_url: str) -> MediaEvent:
    """The session begins: to be sent before anything else of it, and again without harm."""
    body = _common(message, visit_id, contact_id, page_url) | {"state": "STARTED"}
    return MediaEvent(f"{_EVENTS}/media-played", body, opens=True)


def event_of(message: Message, visit_id: str, contact_id: str, page_url: str) -> MediaEvent | None:
    """The event a message is told as; None: Media Bridge has no word for it (an open, a button, nothing watched)."""
    common = _common(message, visit_id, contact_id, page_url)
    if message.kind == PLAYED:
        return started(message, visit_id, contact_id, page_url)
    if message.kind == QUARTILE and message.payload.get("quartile") in (25, 50, 75, 100):
        return MediaEvent(f"{_EVENTS}/media-played-percent", common | {"playedPercent": message.payload["quartile"]})
    if message.kind == SUMMARY and (seconds := seconds_watched(message.payload)):
        return MediaEvent(f"{_EVENTS}/attention-span", common | {"rawDataMap": seconds})
    return None


def seconds_watched(payload: Mapping[str, Any]) -> dict[str, int]:
    """How often each second of the video was watched, from a summary's stretches; empty when none was.

    A second counts when half of it was seen. 'Again' is told as twice: how much more often isn't known.
    """
    whole = ceil(min(number(payload, "duration_s"), _LONGEST_VIDEO_S))
    times = [0] * whole
    for name in ("spans", "again"):
        stretches = payload.get(name)
        for stretch in stretches if isinstance(stretches, list) else []:
            start, end = float(stretch[0]), float(stretch[1])
            for second in range(max(0, int(start)), min(whole, ceil(end))):
                if min(end, second + 1) - max(start, second) >= 0.5:
                    times[second] += 1
    return {str(second): count for second, count in enumerate(times)} if any(times) else {}


def _common(message: Message, visit_id: str, contact_id: str, page_url: str) -> dict[str, Any]:
    payload = message.payload
    title = clean(payload.get("campaign_title") or "Video", _LONGEST_NAME)
    found = {
        "contactId": int(contact_id),
        "sessionId": visit_id,
        "mediaType": "VIDEO",
        "externalId": str(payload.get("campaign_id") or title),
        "mediaName": title,
        "pageName": title,
        "externalPlayContext": "EXTERNAL_PAGE",
        "occurredTimestamp": int(message.occurred_at.timestamp() * 1000),
    }
    return found | ({"pageUrl": page_url} if page_url else {})
