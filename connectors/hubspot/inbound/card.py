"""The card on a contact, as the app in HubSpot draws it: facts in, JSON out. Pure.

Of visits it has only those the caller may show: a person's, measured with their leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from plugin.engagement.attention.share import Attention
from plugin.engagement.score import score_of
from plugin.engagement.spans import Span, longest, seen_again
from plugin.engagement.words import attention, sentence

MOST_VISITS = 30
MOST_SPANS = 60
"""Of one visit: more than a card can show, and the answer stays far below HubSpot's megabyte."""
MOST_SECONDS = 3600
MOST_LINKS, MOST_CAMPAIGNS = 50, 200
State = Literal["ok", "empty", "not_connected", "forbidden", "gone"]


@dataclass(frozen=True, slots=True)
class ShownLink:
    """The contact's latest link to one campaign; `url` None: it has ended."""

    campaign: str
    slug: str
    url: str | None
    expires_at: datetime
    can_resend: bool


@dataclass(frozen=True, slots=True)
class ShownVisit:
    """One visit as it was understood. `played`: each stretch played, in order, as long as single events are kept."""

    id: str
    campaign: str
    slug: str
    at: datetime
    who: str
    verdict: Mapping[str, Any]
    summary: Mapping[str, Any]
    spans: Sequence[Span]
    duration_s: float
    played: Sequence[Span] = ()
    attention: Attention | None = None
    """How much of it they faced the screen, where they agreed to that on its own and haven't taken it back."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All there is to show of one contact, visits and links the newest first."""

    contact_id: str
    links: Sequence[ShownLink]
    campaigns: Sequence[tuple[str, str]]
    """Slug and title of those a link can be made to."""
    consent: tuple[str, datetime | None]
    visits: Sequence[ShownVisit]


def bare(state: State) -> dict[str, Any]:
    """The answer when there is nothing to show."""
    return {"state": state}


def as_json(facts: Facts, origin: str, now: datetime) -> dict[str, Any]:
    """The answer, with `state` 'empty' when the contact has neither link nor visit."""
    visits = [_visit(visit, origin) for visit in facts.visits[:MOST_VISITS]]
    state, at = facts.consent
    newest = visits[0] if visits else {"score": None, "scoreReasons": []}
    return {
        "state": "ok" if facts.links or visits else "empty",
        "contact": {"id": facts.contact_id},
        "links": [_link(link) for link in facts.links[:MOST_LINKS]],
        "campaigns": [{"slug": slug, "title": title} for slug, title in facts.campaigns[:MOST_CAMPAIGNS]],
        "consent": {"state": state, "at": _iso(at) if at else None},
        "visits": visits,
        "curve": _curve(facts.visits),
        "score": newest["score"],
        "scoreReasons": newest["scoreReasons"],
        "generatedAt": _iso(now),
    }


def times_seen(visits: Sequence[ShownVisit], duration_s: float) -> list[int]:
    """How often each second was seen, over all these visits; a second half seen counts as seen."""
    seconds = [0] * min(MOST_SECONDS, max(0, -int(-duration_s // 1)))
    for visit in visits:
        for span in visit.played or visit.spans:
            first, last = (span.from_ms + 500) // 1000, (span.to_ms - 500) // 1000
            for second in range(max(0, first), min(last + 1, len(seconds))):
                seconds[second] += 1
    return seconds


def _curve(visits: Sequence[ShownVisit]) -> dict[str, Any] | None:
    watched = [visit for visit in visits if visit.spans]
    if not watched:
        return None
    newest = watched[0]
    same = [visit for visit in watched if visit.slug == newest.slug]
    seconds = times_seen(same, newest.duration_s)
    return {"campaign": newest.campaign, "durationS": newest.duration_s, "seconds": seconds}


def _visit(visit: ShownVisit, origin: str) -> dict[str, Any]:
    verdict, summary = visit.verdict, visit.summary
    confidence = str(verdict.get("confidence") or "")
    score = score_of(summary)
    return {
        "id": visit.id,
        "campaign": visit.campaign,
        "at": _iso(visit.at),
        "sentence": sentence({**summary, "who": visit.who, "confidence": confidence}),
        "who": visit.who,
        "confidence": confidence,
        "reasons": [str(reason) for reason in verdict.get("reasons") or []],
        "durationS": visit.duration_s,
        "coverageS": summary.get("coverage_s", 0.0),
        "watchS": summary.get("watch_s", 0.0),
        "spans": _stretches(visit.spans),
        "again": _stretches(seen_again(visit.played)),
        "replays": [_replay(each, visit, origin) for each in summary.get("replays") or []],
        "ctas": [str(label) for label in summary.get("ctas") or []],
        "facing": attention({"attention": visit.attention.as_json()}) if visit.attention else "",
        "score": score.value,
        "scoreReasons": list(score.reasons),
    }


def _replay(again: Mapping[str, Any], visit: ShownVisit, origin: str) -> dict[str, Any]:
    scene = str(again.get("scene") or "")
    return {
        "scene": scene,
        "title": str(again.get("title") or scene),
        "times": again.get("times", 0),
        "transcriptUrl": f"{origin.rstrip('/')}/c/{visit.slug}#t-{scene}",
    }


def _link(link: ShownLink) -> dict[str, Any]:
    return {
        "campaign": link.campaign,
        "slug": link.slug,
        "url": link.url,
        "expiresAt": _iso(link.expires_at),
        "canResend": link.can_resend,
    }


def _stretches(spans: Sequence[Span]) -> list[list[float]]:
    return [[span.from_ms / 1000, span.to_ms / 1000] for span in longest(spans, MOST_SPANS)]


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
