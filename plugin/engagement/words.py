"""What happened in a rep's words: a visit in a sentence, an event in a phrase. Pure; the same in every CRM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WHO = {
    "person": "a person",
    "likely_person": "probably a person",
    "scanner": "a mail scanner",
    "agent": "an AI agent",
    "preview": "a preview",
}
_TIMES = {1: "once", 2: "twice"}


def sentence(payload: Mapping[str, Any]) -> str:
    """'Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo – a person, high confidence'.

    `payload` is a summary as told (`visit.summarised`), or part of one.
    """
    done = [_watched(payload), *_replayed(payload), *_clicked(payload)]
    return f"{', '.join(done)} – {who(payload)}{_confidence(payload)}"


def attention(payload: Mapping[str, Any]) -> str:
    """'Facing the screen 82 % of what played', with a word when much of it couldn't be judged; empty without it.

    A line of its own: it is no part of the sentence, of any order, or of any figure beside it.
    """
    told = payload.get("attention")
    if not isinstance(told, dict) or not isinstance(told.get("share"), int | float):
        return ""
    said = f"Facing the screen {round(100 * told['share'])} % of what played"
    quality = number(told, "quality")
    return said if quality >= 0.8 else f"{said}, judged by {round(100 * quality)} % of it"


def who(payload: Mapping[str, Any]) -> str:
    """Who it was, in words."""
    return _WHO.get(str(payload.get("who")), "someone unknown")


def length(seconds: float) -> str:
    """'38 s' up to two minutes, then '3:05 min'."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60}:{whole % 60:02} min"


def event_text(kind: str, payload: Mapping[str, Any]) -> str:
    """An event as a short phrase."""
    match kind:
        case "link.opened":
            return "Opened the page"
        case "video.played":
            return "Started the video"
        case "video.quartile_reached":
            return f"Saw {payload.get('quartile', '?')} % of the video"
        case "video.completed":
            return "Saw all of the video"
        case "cta.clicked":
            return f"Clicked {payload.get('label') or payload.get('cta') or 'a button'}"
        case _:
            return kind


def listed(parts: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def number(payload: Mapping[str, Any], name: str) -> float:
    """A figure of a payload; 0 when it isn't one."""
    value = payload.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _watched(payload: Mapping[str, Any]) -> str:
    seen, whole = number(payload, "coverage_s"), number(payload, "duration_s")
    if seen < 0.5:
        return "Opened the page, didn't watch"
    if whole and seen >= whole - 0.5:
        return f"Watched all {length(whole)}"
    if not whole:
        return f"Watched {length(seen)}"
    if whole < 120:
        # Rounded down to the end: '40 of 40' is only said of those who saw all of it.
        return f"Watched {min(round(seen), round(whole) - 1)} of {length(whole)}"
    return f"Watched {length(seen)} of {length(whole)}"


def _replayed(payload: Mapping[str, Any]) -> list[str]:
    said = [
        f"{again.get('title') or again.get('scene')} {_TIMES.get(again['times'], str(again['times']) + ' times')}"
        for again in payload.get("replays") or []
        if again.get("times")
    ]
    return [f"replayed {listed(said)}"] if said else []


def _clicked(payload: Mapping[str, Any]) -> list[str]:
    labels = [str(label) for label in payload.get("ctas") or []]
    return [f"clicked {listed(labels)}"] if labels else []


def _confidence(payload: Mapping[str, Any]) -> str:
    confidence = payload.get("confidence")
    return f", {confidence} confidence" if confidence else ""
