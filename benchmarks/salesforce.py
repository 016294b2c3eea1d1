"""Write-back to Salesforce: nothing lost, doubled or overtaken whatever fails; few calls, never beyond our share."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.salesforce_stand import OrgStand, stand
from benchmarks.salesforce_visits import ROWS, Size, compare, visits_of
from benchmarks.salesforce_ways import beside_a_loop, by_bulk
from connectors.salesforce.api.allowance import FOR_READS
from plugin.outbox.lease import LEASE

DAY, HOUR = timedelta(days=1), timedelta(hours=1, minutes=1)


TROUBLE: Sequence[Mapping[str, Any]] = (
    {"kind": "lock_item", "probability": 0.05},
    {"kind": "lock", "probability": 0.01},
    {"kind": "limit_concurrent", "probability": 0.01},
    {"kind": "timeout_after_commit", "probability": 0.01},
)


def run(size: Size = Size()) -> list[Figure]:  # noqa: B008 - frozen
    """One org, on SQLite with `synchronous=FULL`, everything in processes of its own."""
    with tempfile.TemporaryDirectory() as folder, stand(Path(folder), size.contacts) as at:
        once = _once(at, size)
        bulk = by_bulk(at, size)
        beside = [beside_a_loop(at, size)] if size.beside else []
    return [*once, *bulk, *beside]


def _once(at: OrgStand, size: Size) -> list[Figure]:
    """Engagements owed at once, with trouble and kills; then what stands in the org is compared."""
    drafts = visits_of(at, "once", size.visits)
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
    workers = [at.worker() for _ in range(size.workers)]
    _until_still(at, left, size.still_s)
    first_day = at.ask("made")
    for worker in workers:
        worker.kill()
    # The next: no end to our share, workers killed; then the org's own day is used up, once.
    at.allow(calls=1_000_000_000)
    chance = random.Random(3)
    later = DAY
    workers = [at.worker(later) for _ in range(size.workers)]
    todo = left()
    for share in range(size.kills, 0, -1):
        while left() > todo * share / (size.kills + 1):
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.3))
        for worker in workers:
            worker.kill()
        # What they had taken is taken over when their lease has ended: so much later.
        later += LEASE + timedelta(seconds=1)
        workers = [at.worker(later) for _ in range(size.workers)]
    at.ask("trouble", rules=[*TROUBLE, {"kind": "limit_daily", "times": 1}])
    closed = _calls_while_closed(at, left, size.still_s)
    for worker in workers:
        worker.kill()
    # An hour later it goes on.
    at.ask("trouble", rules=TROUBLE)
    workers = [at.worker(2 * DAY + HOUR) for _ in range(size.workers)]
    while left():
        time.sleep(0.05)
    took_s = time.perf_counter() - began
    for worker in workers:
        worker.kill()
    calls, told = at.ask("calls"), at.ask("told", prefix="once-")
    at.ask("trouble", rules=())
    lost, doubled = compare(drafts, told, at.ask("tasks") - tasks)
    backwards = at.ask("backwards")
    answered = sum(number for status, number in calls.items() if 200 <= status < 300)
    story = (
        f"{size.visits:,} rows of {len(drafts):,} messages in {took_s:.0f} s; 5 % of rows locked, 1 % of calls locked, "
        f"1 % 403 for too many at once, 1 % time-out after commit, sessions of {size.session_s:.0f} s, the org's "
        f"day used up once; {size.workers} workers killed {size.kills} times; "
        f"calls by status: {dict(sorted(calls.items()))}"
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
