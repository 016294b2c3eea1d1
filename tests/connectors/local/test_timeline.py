"""A visit in a rep's sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from connectors.local.models import Activity, Engagement
from connectors.local.timeline import Card, cards
from plugin.engagement.words import length, sentence
from tests.conftest import NOW

WATCHED = {
    "coverage_s": 38.0,
    "watch_s": 55.0,
    "duration_s": 40.0,
    "replays": [{"scene": "price", "title": "Pricing", "times": 2}],
    "ctas": ["Book a demo"],
    "who": "person",
    "confidence": "high",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo – a person, high confidence"),
        ({"coverage_s": 39.9, "replays": [], "ctas": []}, "Watched all 40 s – a person, high confidence"),
        ({"coverage_s": 0, "replays": [], "ctas": [], "confidence": ""}, "Opened the page, didn't watch – a person"),
        (
            {"replays": [{"title": "A", "times": 1}, {"title": "B", "times": 3}], "ctas": ["X", "Y", "Z"]},
            "Watched 38 of 40 s, replayed A once and B 3 times, clicked X, Y and Z – a person, high confidence",
        ),
        (
            {"coverage_s": 65, "duration_s": 185, "replays": [], "ctas": [], "who": "likely_person"},
            "Watched 65 s of 3:05 min – probably a person, high confidence",
        ),
        ({"coverage_s": 39.4, "replays": [], "ctas": []}, "Watched 39 of 40 s – a person, high confidence"),
    ],
)
def test_a_visit_is_one_sentence(changed: dict[str, Any], said: str) -> None:
    assert sentence({**WATCHED, **changed}) == said


def test_lengths_are_read_at_a_glance() -> None:
    assert [length(s) for s in (9.6, 119, 120, 185)] == ["10 s", "119 s", "2:00 min", "3:05 min"]


def activity(key: str, visit: str, kind: str, after_s: int = 0, **data: Any) -> Activity:
    payload = {"visit_id": visit, "campaign_title": "Welcome", "who": "person", **data}
    return Activity(key=key, contact_id="c", kind=kind, payload=payload, occurred_at=NOW + timedelta(seconds=after_s))


def test_a_visit_still_going_on_has_a_card_of_its_own_on_top() -> None:
    summed = Engagement(session_key="v1", contact_id="c", revision=1, payload=WATCHED, occurred_at=NOW)
    told = [
        activity("b", "v2", "video.played", 63),
        activity("a", "v2", "link.opened", 60),
        activity("c", "v1", "link.opened"),
    ]

    first, second = cards([summed], told)

    assert first.provisional
    assert first.sentence == "Opened the page, started the video – a person"
    assert [line.text for line in second.events] == ["Opened the page"]
    assert second.coverage_percent == 95


def test_a_visit_going_on_tells_the_furthest_it_came() -> None:
    told = [
        activity("a", "v", "video.played"),
        activity("b", "v", "video.quartile_reached", 9, quartile=25),
        activity("c", "v", "cta.clicked", 12, label="Book"),
        activity("d", "v", "video.quartile_reached", 18, quartile=50),
    ]

    (card,) = cards([], told)

    assert card.sentence == "Started the video, clicked Book, saw 50 % of the video – a person"
    assert len(card.events) == 4
    assert card.coverage_percent == 50


def test_the_bar_shows_which_parts_were_seen_and_seen_again() -> None:
    payload = {**WATCHED, "spans": [[0, 30], [32, 40]], "again": [[20, 26]]}

    (card,) = cards([Engagement(session_key="v", contact_id="c", revision=1, payload=payload, occurred_at=NOW)], [])

    assert [(part.start, part.width, part.again) for part in card.parts] == [
        (0, 75, False),
        (80, 20, False),
        (50, 15, True),
    ]


def test_a_score_comes_with_its_reasons_and_older_visits_have_none() -> None:
    scored = {**WATCHED, "score": 72, "score_reasons": ["watched 95 %: 38 points"]}

    def card(payload: dict[str, Any]) -> Card:
        return cards([Engagement(session_key="v", contact_id="c", revision=1, payload=payload, occurred_at=NOW)], [])[0]

    assert (card(scored).score, card(scored).score_reasons) == (72, ("watched 95 %: 38 points",))
    assert card({**scored, "score": 0}).score == 0
    assert card(WATCHED).score is None


@given(st.dictionaries(st.sampled_from(sorted(WATCHED)), st.none() | st.floats(0, 1e4) | st.just([]) | st.text()))
def test_whatever_a_payload_lacks_there_is_a_sentence(payload: dict[str, Any]) -> None:
    payload = {name: value for name, value in payload.items() if name not in ("replays", "ctas") or value == []}

    assert " – " in sentence(payload)
