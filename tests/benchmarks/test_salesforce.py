"""What `make bench` measures of write-back to Salesforce holds in small: nothing lost, doubled, or beyond our share."""

from __future__ import annotations

from benchmarks.salesforce import run
from benchmarks.salesforce_visits import Size

SMALL = Size(
    visits=800,
    contacts=200,
    workers=1,
    kills=1,
    session_s=1.0,
    beside=0,
    bulk=200,
    first_day=0.5,
    still_s=0.8,
    longest_s=150.0,
)
FREE_OF_LUCK = (" lost", "doubled", "older state", "beyond our share")
"""Those that don't depend on how busy the machine is or how much there is to pack."""


def test_nothing_is_lost_doubled_overtaken_or_beyond_our_share() -> None:
    figures = [figure for figure in run(SMALL) if any(word in figure.name for word in FREE_OF_LUCK)]

    assert len(figures) == 5
    assert [(figure.name, figure.value, figure.detail) for figure in figures if not figure.holds] == []
