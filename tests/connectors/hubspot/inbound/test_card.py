"""The card says what was watched, by a person, with their leave; and its curve is honest."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import pytest

from connectors.hubspot.inbound.card import MOST_VISITS, Facts, ShownLink, ShownVisit, as_json, times_seen
from plugin.engagement.spans import Span
from tests.conftest import NOW

ORIGIN = "https://video.example.com"
SUMMARY = {
    "duration_s": 40.0,
    "coverage_s": 38.0,
    "watch_s": 51.0,
    "completed": False,
    "replays": [{"scene": "pricing", "title": "Pricing", "times": 2}],
    "ctas": ["Book a demo"],
}
VISIT = ShownVisit(
    id="v1",
    campaign="Spring",
    slug="spring",
    at=NOW,
    who="person",
    verdict={"confidence": "high", "reasons": ["3 real gestures"], "rule": 1},
    summary=SUMMARY,
    spans=[Span(0, 38_000)],
    duration_s=40.0,
    played=[Span(0, 38_000), Span(8_000, 12_000)],
)
FACTS = Facts(
    contact_id="501",
    links=[ShownLink("Spring", "spring", f"{ORIGIN}/v/x", NOW + timedelta(days=90), True)],
    campaigns=[("spring", "Spring")],
    consent=("given", NOW),
    visits=[VISIT],
)


def test_a_visit_is_told_in_a_sentence_with_what_it_rests_on() -> None:
    told = as_json(FACTS, ORIGIN, NOW)

    [visit] = told["visits"]
    assert told["state"] == "ok"
    assert visit["sentence"] == (
        "Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo – a person, high confidence"
    )
    assert visit["replays"][0]["transcriptUrl"] == f"{ORIGIN}/c/spring#t-pricing"
    assert (visit["spans"], visit["again"]) == ([[0.0, 38.0]], [[8.0, 12.0]])
    assert told["score"] == visit["score"] > 0
    assert told["scoreReasons"] == visit["scoreReasons"]
    assert told["consent"] == {"state": "given", "at": "2026-11-21T12:00:00Z"}


def test_the_curve_counts_each_second_over_all_visits_of_the_campaign_seen_last() -> None:
    earlier = replace(VISIT, id="v2", at=NOW - timedelta(days=1), played=[Span(0, 10_000)], spans=[Span(0, 10_000)])
    other = replace(earlier, id="v3", slug="autumn", campaign="Autumn")

    curve = as_json(replace(FACTS, visits=[VISIT, other, earlier]), ORIGIN, NOW)["curve"]

    assert (curve["campaign"], curve["durationS"], len(curve["seconds"])) == ("Spring", 40.0, 40)
    assert curve["seconds"][:13] == [2] * 8 + [3, 3, 2, 2, 1]
    assert curve["seconds"][37:] == [1, 0, 0]


def test_without_single_events_any_more_the_curve_rests_on_what_is_left() -> None:
    assert times_seen([replace(VISIT, played=())], 40.0) == [1] * 38 + [0, 0]


@pytest.mark.parametrize("duration", [0.0, 0.4, 39.6, 100_000.0])
def test_no_length_breaks_the_curve(duration: float) -> None:
    assert len(times_seen([VISIT], duration)) <= 3600


def test_a_contact_with_nothing_is_empty_and_says_what_could_be_sent() -> None:
    told = as_json(replace(FACTS, links=[], visits=[], consent=("not_asked", None)), ORIGIN, NOW)

    assert told["state"] == "empty"
    assert told["campaigns"] == [{"slug": "spring", "title": "Spring"}]
    assert (told["curve"], told["score"], told["consent"]["at"]) == (None, None, None)


def test_an_ended_link_is_shown_without_its_address() -> None:
    ended = replace(FACTS.links[0], url=None, expires_at=datetime(2026, 1, 1, tzinfo=NOW.tzinfo))

    assert as_json(replace(FACTS, links=[ended]), ORIGIN, NOW)["links"][0]["url"] is None


def test_it_stays_far_below_hubspots_megabyte() -> None:
    many = [Span(start * 1000, start * 1000 + 700) for start in range(2_000)]
    long = {**SUMMARY, "ctas": ["x" * 400] * 8, "replays": SUMMARY["replays"] * 60}
    visit = replace(VISIT, summary=long, spans=many, played=many, duration_s=3600.0)

    told = as_json(replace(FACTS, visits=[visit] * 200), ORIGIN, NOW)

    assert len(told["visits"]) == MOST_VISITS
    assert len(orjson.dumps(told)) < 900_000
