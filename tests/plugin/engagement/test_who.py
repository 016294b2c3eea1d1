"""Who it was: a person's hand is needed, and nothing else stands in for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from plugin.engagement.who import PEOPLE, Evidence, Who, classify

WATCHING = Evidence(
    gestures={"pointer": 2}, moves=40, languages=2, visible_ms=20_000, played_ms=15_000, elapsed_ms=22_000,
    since_issue_s=3600,
)  # fmt: skip

ANY = st.builds(
    Evidence,
    declared=st.sampled_from([None, None, None, "agent", "scanner", "preview"]),
    prefetch=st.booleans(),
    not_navigated=st.booleans(),
    webdriver=st.booleans(),
    gestures=st.dictionaries(st.sampled_from(["pointer", "touch", "key", "wheel"]), st.integers(1, 50)),
    moves=st.none() | st.integers(0, 500),
    languages=st.none() | st.integers(0, 4),
    visible_ms=st.integers(0, 10**6),
    played_ms=st.integers(0, 10**6),
    elapsed_ms=st.integers(0, 10**6),
    since_issue_s=st.none() | st.floats(-10, 10**6),
    links_at_once=st.integers(1, 50),
)


def test_someone_who_moves_clicks_and_watches_is_a_person():
    verdict = classify(WATCHING)

    assert (verdict.who, verdict.confidence) == (Who.PERSON, "high")
    assert "2 real gestures (pointer)" in verdict.reasons


def test_a_tap_and_two_seconds_are_a_person_though_less_surely():
    tapped = Evidence(gestures={"touch": 1}, visible_ms=2_500, elapsed_ms=3_000, languages=1)

    assert (classify(tapped).who, classify(tapped).confidence) == (Who.PERSON, "medium")


def test_one_tap_and_gone_is_likely_a_person_at_most():
    assert classify(Evidence(gestures={"touch": 1}, visible_ms=900, played_ms=800, elapsed_ms=900)).who == (
        Who.LIKELY_PERSON
    )
    assert classify(Evidence(gestures={"touch": 1}, visible_ms=200, elapsed_ms=300)).who == Who.UNKNOWN


@given(ANY)
def test_without_a_gesture_nothing_is_ever_a_person(seen: Evidence):
    assert classify(replace(seen, gestures={})).who not in PEOPLE


@given(ANY)
def test_a_driven_browser_is_never_a_person(seen: Evidence):
    assert classify(replace(seen, webdriver=True)).who not in PEOPLE


@given(ANY)
def test_what_was_fetched_ahead_is_never_a_person(seen: Evidence):
    assert classify(replace(seen, prefetch=True)).who not in PEOPLE


@given(ANY)
def test_playing_faster_than_the_clock_is_never_a_person(seen: Evidence):
    assert classify(replace(seen, played_ms=seen.elapsed_ms + 5_001)).who not in PEOPLE


@given(ANY)
def test_being_on_screen_longer_than_the_clock_allows_is_never_a_person(seen: Evidence):
    assert classify(replace(seen, visible_ms=seen.elapsed_ms + 5_001)).who not in PEOPLE


@given(ANY)
def test_every_verdict_has_its_reasons(seen: Evidence):
    verdict = classify(seen)

    assert verdict.reasons
    assert verdict.confidence in ("high", "medium", "low")


@pytest.mark.parametrize("declared", ["agent", "scanner", "preview"])
def test_what_calls_itself_a_machine_is_believed(declared: str):
    assert classify(replace(WATCHING, declared=declared, declared_name="gptbot")).who == declared


@pytest.mark.parametrize(
    "doubt",
    [{"links_at_once": 9}, {"since_issue_s": 2.0}, {"languages": 0}, {"not_navigated": True}, {"moves": 0}],
)
def test_one_doubt_makes_a_person_a_likely_one_and_a_silent_browser_a_scanner(doubt: dict):
    assert classify(replace(WATCHING, **doubt)).who == Who.LIKELY_PERSON
    if "moves" not in doubt:
        assert classify(replace(WATCHING, **doubt, gestures={})).who == Who.SCANNER


def test_a_silent_page_is_simply_unknown():
    assert classify(Evidence(visible_ms=60_000, played_ms=40_000, elapsed_ms=61_000)).who == Who.UNKNOWN
