"""Telling Salesforce by bulk, and telling it as ever beside a bare loop: parts of what `salesforce` measures."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from math import ceil

import requests

from benchmarks.figures import Figure
from benchmarks.salesforce_stand import OrgStand
from benchmarks.salesforce_visits import ROWS, Size, bodies_of, compare, visits_of
from plugin.outbox.lease import LEASE


def by_bulk(at: OrgStand, size: Size) -> list[Figure]:
    """A long queue told by bulk while workers are killed at it."""
    drafts = visits_of(at, "bulk", size.bulk)
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
        later += LEASE + timedelta(seconds=1)
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
    lost, doubled = compare(drafts, told, at.ask("tasks") - tasks)
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


def beside_a_loop(at: OrgStand, size: Size) -> Figure:
    """One worker of ours, and a bare loop that sends the same bodies, one call after the other."""
    at.allow(calls=1_000_000_000)
    drafts = visits_of(at, "ours", size.beside)
    at.owe(visits_of(at, "warm", 1))
    worker = at.worker()
    while at.owed():
        time.sleep(0.02)
    at.owe(drafts)
    began = time.perf_counter()
    while at.owed():
        time.sleep(0.02)
    ours_s = time.perf_counter() - began
    worker.kill()
    bodies = bodies_of(at, "bare", size.beside)
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
