"""A visit's score: made of what was done, each point with its reason, and the same for the same visit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from plugin.engagement.score import score_of
from plugin.engagement.story import Story
from plugin.engagement.tell import summary
from plugin.engagement.totals import derive

WATCHED: dict[str, Any] = {"duration_s": 40.0, "coverage_s": 38.0, "completed": False, "replays": [], "ctas": []}
PRICING = {"scene": "pricing", "title": "Pricing", "times": 1}


@pytest.mark.parametrize(
    ("changed", "value", "reasons"),
    [
        ({}, 38, ("watched 95 %: 38 points",)),
        ({"coverage_s": 0.0}, 0, ("nothing watched, seen again or clicked: 0 points",)),
        ({"coverage_s": 1.0}, 1, ("watched 2 %: 1 point",)),
        ({"coverage_s": 39.8, "completed": True}, 50, ("watched all: 40 points", "reached the end: 10 points")),
        (
            {"replays": [PRICING], "ctas": ["Book a demo"]},
            73,
            ("watched 95 %: 38 points", "went back to Pricing: 10 points", "clicked Book a demo: 25 points"),
        ),
        (
            {"coverage_s": 40.0, "completed": True, "replays": [PRICING, {**PRICING, "title": "Team", "times": 7}]}
            | {"ctas": ["Book", "Call", "Mail"]},
            100,
            (
                "watched all: 40 points",
                "reached the end: 10 points",
                "went back to Pricing and Team: 20 points",
                "clicked Book, Call and Mail: 30 points",
            ),
        ),
    ],
)
def test_every_point_has_its_reason(changed: dict[str, Any], value: int, reasons: tuple[str, ...]) -> None:
    score = score_of({**WATCHED, **changed})

    assert (score.value, score.reasons) == (value, reasons)


def test_attention_and_who_it_was_change_nothing() -> None:
    told = {**WATCHED, "attention": {"share": 0.1, "seconds": 30, "quality": 1.0}, "who": "likely_person"}

    assert score_of(told) == score_of(WATCHED)


@given(
    st.fixed_dictionaries(
        {
            "duration_s": st.floats(0, 1e5),
            "coverage_s": st.floats(0, 1e5),
            "completed": st.booleans(),
            "replays": st.lists(st.fixed_dictionaries({"title": st.text(max_size=5), "times": st.integers(0, 99)})),
            "ctas": st.lists(st.text(max_size=5), max_size=4),
        }
    )
)
def test_it_stays_within_0_and_100_and_doing_more_never_lowers_it(told: dict[str, Any]) -> None:
    score = score_of(told)
    more = score_of({**told, "coverage_s": told["coverage_s"] + 5, "ctas": [*told["ctas"], "One more"]})

    assert 0 <= score.value <= more.value <= 100
    assert score.reasons


@given(st.dictionaries(st.sampled_from(sorted(WATCHED)), st.none() | st.text() | st.booleans() | st.just([1, None])))
def test_what_a_summary_lacks_gives_no_points(told: dict[str, Any]) -> None:
    assert 0 <= score_of(told).value <= 100


def test_a_summary_of_nothing_scores_nothing() -> None:
    story = Story("Spring", 40_000, (), {})

    assert score_of(summary(derive([], story), story)).value == 0
