"""What is told in the measurements of write-back to Salesforce, how much of it, and whether it stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.salesforce_stand import OrgStand, Row
from connectors.salesforce.writeback import fold
from plugin.kernel.ids import derived_id
from plugin.outbox.enqueue import Draft
from plugin.outbox.ports import Message

ROWS = 200
"""Of one call, the most Salesforce takes."""
_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    visits: int = 100_000
    contacts: int = 50_000
    workers: int = 2
    kills: int = 5
    session_s: float = 60.0
    beside: int = 10_000
    """Visits of the comparison with a bare loop; 0: there is none."""
    bulk: int = 10_000
    """Visits told by bulk."""
    first_day: float = 0.3
    """What part of the fewest calls our share of the first day is."""
    still_s: float = 4.0
    """How long nothing may come before nobody is at it."""
    longest_s: float = 330.0


def visits_of(at: OrgStand, name: str, visits: int) -> list[Draft]:
    """What so many visits tell, one after the other."""
    return [draft for visit in by_visit(at, name, visits) for draft in visit]


def by_visit(at: OrgStand, name: str, visits: int) -> list[list[Draft]]:
    """What so many visits tell: an open, a click, and how it ended."""
    people = at.org.contacts
    return [
        _visit(at.installation_id, people[n % len(people)], f"{name}-{n}", _AT + timedelta(seconds=n))
        for n in range(visits)
    ]


def _visit(installation_id: str, contact_id: str, visit: str, began: datetime) -> list[Draft]:
    def make(kind: str, after_s: int, **data: Any) -> Draft:
        at = (began + timedelta(seconds=after_s)).isoformat()
        payload = {"visit_id": visit, "campaign_title": "Spring", "occurred_at": at, "who": "person", **data}
        return Draft(installation_id, derived_id(visit, kind, str(after_s)), kind, f"contact:{contact_id}", payload)

    summed = {
        "session_key": visit,
        "revision": 2,
        "duration_s": 40.0,
        "coverage_s": 32.0,
        "watch_s": 38.0,
        "quartile": 75,
        "replays": [],
        "spans": [[0.0, 32.0]],
        "confidence": "high",
        "reasons": ["taps on the page"],
        "score": 60,
        "score_reasons": ["watched most: 30 points"],
    }

    return [
        make("link.opened", 0),
        make("cta.clicked", 31, cta="book", label="Book a demo"),
        make("visit.summarised", 40, **summed),
    ]


def bodies_of(at: OrgStand, name: str, visits: int) -> list[dict[str, Any]]:
    """Calls that tell the same, as they go over the wire."""
    rows = []
    for place, visit in enumerate(by_visit(at, name, visits)):
        messages = [Message(each.key, each.kind, each.subject, each.payload, _AT) for each in visit]
        contact = messages[0].subject.partition(":")[2]
        rows.append(fold.row(f"{name}-{place}", fold.fold({}, messages), {"Contact__c": contact}))
    return [{"allOrNone": False, "records": rows[begin : begin + ROWS]} for begin in range(0, len(rows), ROWS)]


def compare(drafts: Sequence[Draft], told: Mapping[str, Row], tasks: int) -> tuple[int, int]:
    """Visits that don't stand there as they ended; rows or tasks too many."""
    wanted = {str(draft.payload["visit_id"]): draft.subject.partition(":")[2] for draft in drafts}
    lost = sum(told.get(visit, ("",))[:4] != (contact, 2, 75, True) for visit, contact in wanted.items())
    return lost, max(0, len(told) - len(wanted)) + max(0, tasks - 3 * len(wanted))
