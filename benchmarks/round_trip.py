"""A live read against one bare round trip of the same CRM, in turn, so that both meet the same weather."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from benchmarks.figures import Figure

T = TypeVar("T")
OURS_MS = 30.0


def in_turn(
    people: Sequence[T], bare: Callable[[T], object], whole: Callable[[T], object], every_s: float
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, at a rate the CRM's limit has room for; the first opens the connections and is left out."""
    trips, reads = [], []
    for number, person in enumerate(people):
        began = time.perf_counter()
        bare(person)
        between = time.perf_counter()
        whole(person)
        ended = time.perf_counter()
        if number:
            trips.append((between - began) * 1000)
            reads.append((ended - between) * 1000)
        time.sleep(max(0.0, every_s - (ended - began)))
    return trips, reads


def beyond(name: str, trips: list[float], reads: list[float], detail: str) -> Figure:
    """How much longer than a round trip all but one in twenty reads take at most."""
    trip, p95 = statistics.median(trips), statistics.quantiles(reads, n=20)[18]
    return Figure(
        name=name,
        value=round(p95 - trip, 1),
        unit="ms",
        goal=f"≤ {OURS_MS:.0f} ms",
        holds=p95 - trip <= OURS_MS,
        detail=f"p95 {p95:.0f} ms, median {statistics.median(reads):.0f} ms, "
        f"one bare GET {trip:.0f} ms (median), {detail}",
    )
