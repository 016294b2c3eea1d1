"""`/media-bridge/…`: a provider registered, media known, and what contacts watched: one card for each session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot.api.version import MEDIA_BRIDGE
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import json_answer
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import detail, invalid, not_found
from connectors.hubspot.sandbox.store import Record
from connectors.sandbox.wire import Answer

routes = Routes()
_EVENTS = f"/media-bridge/{MEDIA_BRIDGE}/events"
_WRITES = ["media_bridge.write"]
MEDIA_TYPES = ("VIDEO", "AUDIO", "DOCUMENT", "IMAGE", "OTHER")
_PERCENTS = (0, 25, 50, 75, 100)


@dataclass
class Session:
    """One sitting: what its card on the timeline shows."""

    session_id: str
    contact_id: str
    media_name: str
    media_type: str
    page_name: str
    page_url: str
    started_at: float
    state: str
    percent: int = 0
    attention: dict[str, int] = field(default_factory=dict)
    events: int = 0


@dataclass
class Provider:
    """One app as a source of media in one portal."""

    name: str = ""
    types: set[str] = field(default_factory=set)
    known: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Media by the integrator's id, or by name and address: HubSpot's id, and the name."""
    sessions: dict[str, Session] = field(default_factory=dict)
    visibility: dict[str, dict[str, Any]] = field(default_factory=dict)


def provider_of(portal: Portal, app_id: int) -> Provider:
    """The app's provider, registered or not yet."""
    found: Provider = portal.media.setdefault(app_id, Provider())
    return found


@routes("POST", f"{_EVENTS}/media-played", _WRITES, shape=shapes.MEDIA_EVENT)
def played(call: Call) -> Answer:
    body = call.json()
    if body.get("state") not in ("STARTED", "VIEWED"):
        raise _unset("state", "STARTED or VIEWED")
    provider, contact, at = _common(call, body)
    media = _media(call.portal, provider, body)
    session = provider.sessions.get(body["sessionId"])
    if session is None:
        session = provider.sessions[body["sessionId"]] = Session(
            session_id=body["sessionId"],
            contact_id=contact.id,
            media_name=media[1],
            media_type=body["mediaType"],
            page_name=str(body.get("pageName") or ""),
            page_url=str(body.get("pageUrl") or ""),
            started_at=at,
            state=body["state"],
        )
    elif body["state"] == "VIEWED":
        session.state = "VIEWED"
    return _keep(call, session, body, contact, media, at, "media-played", {"state": body["state"]})


@routes("POST", f"{_EVENTS}/media-played-percent", _WRITES, shape=shapes.MEDIA_EVENT)
def played_percent(call: Call) -> Answer:
    body = call.json()
    percent = body.get("playedPercent")
    if percent not in _PERCENTS or isinstance(percent, bool):
        raise _unset("playedPercent", "0, 25, 50, 75 or 100")
    provider, contact, at = _common(call, body)
    session = _begun(provider, body)
    session.percent = max(session.percent, percent)
    media = _media(call.portal, provider, body)
    return _keep(call, session, body, contact, media, at, "media-played-percent", {"playedPercent": percent})


@routes("POST", f"{_EVENTS}/attention-span", _WRITES, shape=shapes.MEDIA_EVENT)
def attention(call: Call) -> Answer:
    body = call.json()
    seconds_seen = body.get("rawDataMap")
    usable = isinstance(seconds_seen, dict) and all(
        second.isdecimal() and isinstance(times, int) and not isinstance(times, bool) and times >= 0
        for second, times in seconds_seen.items()
    )
    if not usable or not seconds_seen:
        raise _unset("rawDataMap", "a map of seconds to how often each was seen")
    provider, contact, at = _common(call, body)
    session = _begun(provider, body)
    session.attention = dict(seconds_seen)
    media = _media(call.portal, provider, body)
    seen = sum(1 for times in seconds_seen.values() if times)
    derived = body.get("derivedValues") or {}
    more = {
        "rawData": ";".join(f"{second}={times}" for second, times in seconds_seen.items()),
        "percentRange": "",
        "totalSecondsPlayed": derived.get("totalSecondsPlayed", seen),
        "totalPercentPlayed": derived.get("totalPercentPlayed", seen / len(seconds_seen)),
    }
    return _keep(call, session, body, contact, media, at, "attention-span", more)


def _common(call: Call, body: dict[str, Any]) -> tuple[Provider, Record, float]:
    provider = provider_of(call.portal, call.installation.app_id)
    unset = [name for name in ("sessionId", "mediaType", "occurredTimestamp") if not body.get(name)]
    if unset:
        raise _unset(", ".join(unset), "set")
    if body["mediaType"] not in MEDIA_TYPES:
        raise _unset("mediaType", ", ".join(MEDIA_TYPES))
    if not provider.name or body["mediaType"] not in provider.types:
        raise invalid(f"This app isn't registered as a media bridge provider of {body['mediaType']} in the account")
    at = body["occurredTimestamp"]
    if not isinstance(at, int) or isinstance(at, bool) or at < 10**11:
        raise _unset("occurredTimestamp", "milliseconds since 1970")
    contact_id = body.get("contactId")
    contact = call.portal.contact(str(contact_id)) if contact_id else None
    if contact is None:
        raise not_found(f"contactId {contact_id} names no contact")
    return provider, contact, at / 1000


def _begun(provider: Provider, body: dict[str, Any]) -> Session:
    session = provider.sessions.get(body["sessionId"])
    if session is None:
        raise invalid(f"No media-played event was sent for session {body['sessionId'][:100]}")
    return session


def _media(portal: Portal, provider: Provider, body: dict[str, Any]) -> tuple[int, str]:
    if number := body.get("mediaBridgeId"):
        for media in provider.known.values():
            if media[0] == number:
                return media
        raise not_found(f"there is no media {number}")
    key = str(body.get("externalId") or body.get("mediaUrl") or body.get("pageUrl") or "")
    if not key:
        raise _unset("mediaBridgeId, externalId or mediaUrl", "set")
    if key not in provider.known:
        provider.known[key] = (portal.next_number(), str(body.get("mediaName") or body.get("pageName") or key))
    return provider.known[key]


def _keep(
    call: Call,
    session: Session,
    body: dict[str, Any],
    contact: Record,
    media: tuple[int, str],
    at: float,
    event: str,
    more: dict[str, Any],
) -> Answer:
    session.events += 1
    call.portal.tell("media", contact.id, at, {"event": event, **body})
    echoed = ("externalPlayContext", "iframeUrl", "mediaUrl", "pageId", "pageName", "pageUrl")
    return json_answer(
        {
            "portalId": call.portal.id,
            "providerId": call.installation.app_id,
            "contactId": int(contact.id),
            "sessionId": body["sessionId"],
            "mediaBridgeId": media[0],
            "mediaBridgeObjectTypeId": f"1-{call.installation.app_id}",
            "mediaBridgeObjectCoordinates": f"{call.portal.id}-1-{media[0]}",
            "mediaName": media[1],
            "mediaType": body["mediaType"],
            "occurredTimestamp": body["occurredTimestamp"],
            **{name: body[name] for name in echoed if body.get(name) is not None},
            **more,
        }
    )


def _unset(name: str, wanted: str) -> Exception:
    return invalid(f"{name} must be {wanted}", [detail(f"{name} must be {wanted}", "INVALID_FIELD", field=name)])
