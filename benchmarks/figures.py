"""One measured figure: what, how much, against which peer in the same run, and whether the goal holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio or a count, as printed and written to `benchmarks/results.json`."""

    name: str
    value: float
    unit: str
    goal: str
    holds: bool
    detail: str = ""
    """The raw numbers behind it."""
