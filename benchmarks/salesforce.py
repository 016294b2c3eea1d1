"""Write-back to Salesforce: nothing lost, doubled or overtaken whatever fails; few calls, never beyond our share."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import requests

from benchmarks.figures import Figure
from benchmarks.salesforce_stand import OrgStand, Row, stand
from connectors.salesforce.api.allowance import FOR_READS
from connectors.salesforce.writeback import fold
from plugin.kernel.ids import derived_id
from plugin.outbox.enqueue import Draft
from plugin.outbox.lease import LEASE
from plugin.outbox.ports import Message

ROWS = 200
"""Of one call, the most Salesforce takes."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1, minutes=1)
_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    visits: int = 100_000
    contacts: int = 50_000
    kills: int = 5
    session_s: float = 60.0
    beside: int = 10_000
    """Visits of the comparison with a bare loop."""
    bulk: int = 10_000
    """Visits told by bulk."""
    first_day: float = 0.3
    """What part of the fewest calls our share of the first day is."""
    still_s: float = 4.0
    """How long nothing may come before nobody is at it."""
    longest_s: float = 330.0


TROUBLE: Sequence[Mapping[str, Any]] = (
    {"kind": "lock_item", "probability": 0.05},
    {"kind": "lock", "probability": 0.01},
    {"kind": "limit_concurrent", "probability": 0.01},
    {"kind": "timeout_after_commit", "probability": 0.01},
)


def run(size: Size = Size()) -> list[Figure]:
    """One org, on SQLite with `synchronous=FULL`, everything in processes of its own."""
    with tempfile.TemporaryDirectory() as folder, stand(Path(folder), size.contacts) as at:
        once = _once(at, size)
        bulk = _bulk(at, size)
        beside = _beside(at, size)
    return [*once, *bulk, beside]


def _once(at: OrgStand, size: Size) -> list[Figure]:
    """Engagements owed at once, with trouble and kills; then what stands in the org is compared."""
    drafts = _visits(at, "once", size.visits)
    least = ceil(size.visits / ROWS)
    allowed = max(2, round(size.first_day * least))
    began, known = time.perf_counter(), at.delivered()
    at.ask("sessions", seconds=size.session_s)
    tasks = at.ask("tasks")
    at.owe(drafts)
    at.ask("reset")
    at.ask("trouble", rules=TROUBLE)

    def left() -> int:
        if time.perf_counter() - began > size.longest_s:
            raise RuntimeError(f"{at.owed()} messages are left after {size.longest_s:.0f} s")
        return len(drafts) - (at.delivered() - known)

    # The first day: our share is a part of what is needed, and we stop at it.
    whole = 2 * ceil((at.spent() + allowed) / (1 - FOR_READS))
    most = round(whole * 0.5 * (1 - FOR_READS)) - at.spent()
    at.allow(calls=whole, share=0.5)
    workers = [at.worker(), at.worker()]
    _until_still(at, left, size.still_s)
    first_day = at.ask("made")
    for worker in workers:
        worker.kill()
    # The next: no end to our share, workers killed; then the org's own day is used up, once.
    at.allow(calls=1_000_000_000)
    chance = random.Random(3)
    later = DAY
    workers = [at.worker(later), at.worker(later)]
    todo = left()
    for share in range(size.kills, 0, -1):
        while left() > todo * share / (size.kills + 1):
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.3))
        for worker in workers:
            worker.kill()
        # What they had taken is taken over when their lease has ended: so much later.
        later += LEASE + timedelta(seconds=1)
        workers = [at.worker(later), at.worker(later)]
    at.ask("trouble", rules=[*TROUBLE, {"kind": "limit_daily", "times": 1}])
    closed = _calls_while_closed(at, left, size.still_s)
    for worker in workers:
        worker.kill()
    # An hour later it goes on.
    at.ask("trouble", rules=TROUBLE)
    workers = [at.worker(2 * DAY + HOUR), at.worker(2 * DAY + HOUR)]
    while left():
        time.sleep(0.05)
    took_s = time.perf_counter() - began
    for worker in workers:
        worker.kill()
    calls, told = at.ask("calls"), at.ask("told", prefix="once-")
    at.ask("trouble", rules=())
    lost, doubled = _compare(drafts, told, at.ask("tasks") - tasks)
    backwards = at.ask("backwards")
    answered = sum(number for status, number in calls.items() if 200 <= status < 300)
    story = (
        f"{size.visits:,} rows of {len(drafts):,} messages in {took_s:.0f} s; 5 % of rows locked, 1 % of calls locked, "
        f"1 % 403 for too many at once, 1 % time-out after commit, sessions of {size.session_s:.0f} s, the org's "
        f"day used up once; both workers killed {size.kills} times; calls by status: {dict(sorted(calls.items()))}"
    )
    ratio = answered / least
    return [
        Figure(f"Salesforce: of {size.visits:,} engagements, lost under trouble", lost, "", "0", lost == 0, story),
        Figure("Salesforce: engagements or their tasks doubled", doubled, "", "0", doubled == 0),
        Figure("Salesforce: rows written back to an older state", backwards, "", "0", backwards == 0),
        Figure(
            "Salesforce: answered calls under that trouble",
            ratio,
            "× the fewest possible",
            "≤ 1.1",
            ratio <= 1.1,
            f"{answered} of {least} with {ROWS} rows each; 5 % of rows must be sent again",
        ),
        Figure(
            "Salesforce: calls beyond our share of the day",
            max(0, first_day - most) + closed,
            "",
            "0",
            first_day <= most and closed == 0,
            f"{first_day} calls where {most} were ours; {closed} while the org's own day was over",
        ),
    ]


def _until_still(at: OrgStand, left: Callable[[], int], still_s: float) -> None:
    """Until no call comes any more though much is owed."""
    seen, since = -1, time.perf_counter()
    while time.perf_counter() - since < still_s or seen <= 0:
        left()
        made = at.ask("made")
        if made != seen:
            seen, since = made, time.perf_counter()
        time.sleep(0.1)


def _calls_while_closed(at: OrgStand, left: Callable[[], int], still_s: float) -> int:
    """Once the org has said that its day is over: calls that come all the same, but for one under way."""
    while not at.ask("closed") and left():
        time.sleep(0.02)
    time.sleep(still_s / 2)
    before = at.ask("made")
    time.sleep(still_s)
    return int(at.ask("made")) - int(before)


def _bulk(at: OrgStand, size: Size) -> list[Figure]:
    """A long queue told by bulk while workers are killed at it."""
    drafts = _visits(at, "bulk", size.bulk)
    known, tasks = at.delivered(), at.ask("tasks")
    at.allow(calls=1_000_000_000)
    at.ask("sessions", seconds=size.session_s, bulk_s=0.3)
    at.owe(drafts)
    at.ask("reset")
    at.ask("trouble", rules=[{"kind": "lock_item", "probability": 0.05, "path": "*jobs/ingest*"}])
    chance, began = random.Random(5), time.perf_counter()
    later = timedelta()
    for _ in range(size.kills):
        worker = at.backfiller(0, later)
        before = at.ask("made")
        while at.ask("made") == before and at.delivered() - known < len(drafts):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.8))
        worker.kill()
        worker.join()
        # Whoever takes over comes when the dead one's lease has ended.
        later += timedelta(minutes=1, seconds=1)
    worker = at.backfiller(0, later)
    while at.delivered() - known < len(drafts):
        if time.perf_counter() - began > size.longest_s:
            raise RuntimeError("bulk doesn't come to an end")
        time.sleep(0.05)
    took_s = time.perf_counter() - began
    worker.kill()
    at.ask("trouble", rules=())
    calls, told, twice = at.ask("calls"), at.ask("told", prefix="bulk-"), at.ask("worked_off")
    at.ask("sessions", seconds=7200.0)
    lost, doubled = _compare(drafts, told, at.ask("tasks") - tasks)
    again = sum(number > 1 for number in twice.values())
    made, by_hundreds = sum(calls.values()), ceil(size.bulk / ROWS)
    story = f"{size.bulk:,} rows in {took_s:.0f} s, 5 % of them locked, {size.kills} workers killed; {calls}"
    return [
        Figure(
            "Salesforce: lost, doubled or worked off twice by bulk, workers killed",
            lost + doubled + again,
            "",
            "0",
            lost + doubled + again == 0,
            story,
        ),
        Figure(
            "Salesforce: calls for a long queue by bulk, kills and all",
            made / by_hundreds,
            f"× those with {ROWS} rows each",
            "≤ 1",
            made <= by_hundreds,
            f"{made} instead of {by_hundreds}",
        ),
    ]


def _beside(at: OrgStand, size: Size) -> Figure:
    """One worker of ours, and a bare loop that sends the same bodies, one call after the other."""
    at.allow(calls=1_000_000_000)
    drafts = _visits(at, "ours", size.beside)
    at.owe(_visits(at, "warm", 1))
    worker = at.worker()
    while at.owed():
        time.sleep(0.02)
    at.owe(drafts)
    began = time.perf_counter()
    while at.owed():
        time.sleep(0.02)
    ours_s = time.perf_counter() - began
    worker.kill()
    bodies = _bodies(at, "bare", size.beside)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {at.org.token}"
    url = f"{at.org.origin}/services/data/v67.0/composite/sobjects/Video_Engagement__c/Session_Key__c"
    began = time.perf_counter()
    for body in bodies:
        answer = session.patch(url, json=body, timeout=60)
        assert all(item["success"] for item in answer.json())
    bare_s = time.perf_counter() - began
    share = bare_s / ours_s
    return Figure(
        "Salesforce: rows told by one worker, from the queue to settled",
        share,
        "× a bare PATCH loop of the same bodies",
        "≥ 0.4",
        share >= 0.4,
        f"{size.beside / ours_s:,.0f} rows/s, the loop {size.beside / bare_s:,.0f} rows/s",
    )


def _bodies(at: OrgStand, name: str, visits: int) -> list[dict[str, Any]]:
    rows = []
    for place, visit in enumerate(_by_visit(at, name, visits)):
        messages = [Message(each.key, each.kind, each.subject, each.payload, _AT) for each in visit]
        contact = messages[0].subject.partition(":")[2]
        rows.append(fold.row(f"{name}-{place}", fold.fold({}, messages), {"Contact__c": contact}))
    return [{"allOrNone": False, "records": rows[begin : begin + ROWS]} for begin in range(0, len(rows), ROWS)]


def _compare(drafts: Sequence[Draft], told: Mapping[str, Row], tasks: int) -> tuple[int, int]:
    """Visits that don't stand there as they ended; rows or tasks too many."""
    wanted = {str(draft.payload["visit_id"]): draft.subject.partition(":")[2] for draft in drafts}
    lost = sum(told.get(visit, ("",))[:4] != (contact, 2, 75, True) for visit, contact in wanted.items())
    return lost, max(0, len(told) - len(wanted)) + max(0, tasks - 3 * len(wanted))


def _visits(at: OrgStand, name: str, visits: int) -> list[Draft]:
    return [draft for visit in _by_visit(at, name, visits) for draft in visit]


def _by_visit(at: OrgStand, name: str, visits: int) -> list[list[Draft]]:
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
