"""Person, likely person, scanner, agent or preview: a rule over kept evidence, so that it can be re-run. Pure.

A person's hand is needed: without one trusted gesture nothing is ever a person, however long it looks and plays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

RULE = 2
"""The version of this rule; raise it with every change of what it says."""

PERSON_VISIBLE_MS = 2_000
PERSON_PLAYED_MS = 3_000
LIKELY_VISIBLE_MS = 500
SURE_VISIBLE_MS = 8_000
EARLY_S = 5.0
"""Opened sooner after its making than a mail is read: mail gateways follow links on delivery."""
CLOCK_SLACK_MS = 5_000


class Who(StrEnum):
    """Who a visit was."""

    PERSON = "person"
    LIKELY_PERSON = "likely_person"
    SCANNER = "scanner"
    AGENT = "agent"
    PREVIEW = "preview"
    UNKNOWN = "unknown"


PEOPLE = frozenset({Who.PERSON, Who.LIKELY_PERSON})
"""Those the CRM hears of."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All the rule looks at: what the opening request showed, what the page showed, what the clock allows."""

    declared: str | None = None
    """What the request calls itself, when that is no browser: see `engagement.request`."""
    declared_name: str = ""
    prefetch: bool = False
    not_navigated: bool = False
    """Fetch metadata that no page of ours would send."""
    webdriver: bool = False
    gestures: Mapping[str, int] = field(default_factory=dict)
    """Trusted ones, by kind: pointer, touch, key, wheel, choice (the answer to the consent question)."""
    moves: int | None = None
    """Points of the pointer's way; None: not told."""
    languages: int | None = None
    visible_ms: int = 0
    played_ms: int = 0
    """Wall time the played spans need, at the rate they were played."""
    elapsed_ms: int = 0
    """Wall time there was."""
    since_issue_s: float | None = None
    links_at_once: int = 1
    """Different people's links opened from the same network within two seconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who it was, how sure that is, and why, in words a rep can read."""

    who: Who
    confidence: str
    """high | medium | low."""
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As kept with the visit."""
        return {"confidence": self.confidence, "reasons": list(self.reasons), "rule": RULE}


def classify(seen: Evidence) -> Verdict:
    """The verdict of the present rule."""
    if machine := _machine(seen):
        return machine
    hands = sum(seen.gestures.values())
    if not hands:
        return _without_a_hand(seen)
    doubts = _doubts(seen)
    reasons = (*_signs(seen, hands), *doubts)
    lasted = seen.visible_ms >= PERSON_VISIBLE_MS or min(seen.visible_ms, seen.played_ms) >= LIKELY_VISIBLE_MS
    if not lasted:
        return Verdict(Who.UNKNOWN, "low", (*reasons, "gone at once"))
    if len(doubts) > 1:
        return Verdict(Who.LIKELY_PERSON, "low", reasons)
    if doubts:
        return Verdict(Who.LIKELY_PERSON, "medium", reasons)
    if seen.visible_ms < PERSON_VISIBLE_MS and seen.played_ms < PERSON_PLAYED_MS:
        return Verdict(Who.LIKELY_PERSON, "medium", reasons)
    sure = seen.visible_ms >= SURE_VISIBLE_MS and (seen.played_ms >= PERSON_PLAYED_MS or hands > 1)
    return Verdict(Who.PERSON, "high" if sure else "medium", reasons)


def _machine(seen: Evidence) -> Verdict | None:
    """What no gesture can outweigh."""
    name = f": {seen.declared_name}" if seen.declared_name else ""
    if seen.declared in (Who.PREVIEW, Who.AGENT, Who.SCANNER):
        return Verdict(Who(seen.declared), "high", (f"calls itself a machine{name}",))
    if seen.webdriver:
        return Verdict(Who.SCANNER, "high", ("the browser is driven by a program",))
    if seen.prefetch:
        return Verdict(Who.SCANNER, "high", ("fetched ahead, not opened",))
    if seen.played_ms > seen.elapsed_ms + CLOCK_SLACK_MS:
        return Verdict(Who.SCANNER, "high", ("played faster than the clock allows",))
    if seen.visible_ms > seen.elapsed_ms + CLOCK_SLACK_MS:
        return Verdict(Who.SCANNER, "high", ("on screen longer than the clock allows",))
    return None


def _without_a_hand(seen: Evidence) -> Verdict:
    signs = [*_doubts(seen), "no gesture"]
    if len(signs) > 1:
        return Verdict(Who.SCANNER, "medium", tuple(signs))
    return Verdict(Who.UNKNOWN, "low", tuple(signs))


def _doubts(seen: Evidence) -> tuple[str, ...]:
    found = []
    if seen.links_at_once > 1:
        found.append(f"{seen.links_at_once} people's links opened at once from one network")
    if seen.since_issue_s is not None and seen.since_issue_s <= EARLY_S:
        found.append(f"opened {max(seen.since_issue_s, 0):.0f} s after the link was made")
    if seen.languages == 0:
        found.append("a browser without a language")
    if seen.not_navigated:
        found.append("asked for by something other than the page")
    if set(seen.gestures) == {"pointer"} and seen.moves == 0:
        found.append("clicks without a pointer's way")
    return tuple(found)


def _signs(seen: Evidence, hands: int) -> tuple[str, ...]:
    kinds = ", ".join(sorted(seen.gestures))
    signs = [f"{hands} real gesture{'s' if hands > 1 else ''} ({kinds})", f"on screen {seen.visible_ms / 1000:.0f} s"]
    if seen.played_ms:
        signs.append(f"played {seen.played_ms / 1000:.0f} s in real time")
    return tuple(signs)
