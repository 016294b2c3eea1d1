"""A contact's values: the same whatever order messages come in, never less than before, and as HubSpot takes them."""

from __future__ import annotations

import random
import unicodedata
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, strategies as st

from connectors.hubspot.accounts import assets
from connectors.hubspot.writeback.fold import BEARS, combine, fold, properties
from connectors.hubspot.writeback.text import LONGEST, clean, cut, decimal
from tests.connectors.hubspot.writeback.stage import summary, told, visit_of

STORY = [
    *visit_of("501", "v1"),
    summary("501", 2, visit="v1", coverage_s=39.0, score=88),
    *visit_of("501", "v2", after_s=600),
    told("501", "cta.clicked", visit="v2", after_s=640, label="Call us"),
    summary("501", 2, visit="v2", after_s=600, who="likely_person", confidence="low", score=12, coverage_s=4.0),
]


def test_a_visit_becomes_the_contacts_properties() -> None:
    assert properties(fold({}, visit_of("501"))) == {
        "segue_last_opened_at": "2026-11-21T12:00:00.000Z",
        "segue_last_campaign": "Spring",
        "segue_open_count": "1",
        "segue_first_played_at": "2026-11-21T12:00:01.000Z",
        "segue_max_coverage": "95",
        "segue_cta_clicked_at": "2026-11-21T12:00:31.000Z",
        "segue_cta_label": "Book a demo",
        "segue_viewer": "person",
        "segue_confidence": "high",
        "segue_score": "83",
    }


@given(st.randoms(use_true_random=False))
def test_no_order_of_messages_matters(chance: random.Random) -> None:
    shuffled = chance.sample(STORY, len(STORY))
    at = chance.randrange(len(STORY))

    assert fold({}, shuffled) == fold({}, STORY)
    assert fold(fold({}, shuffled[:at]), shuffled[at:]) == fold({}, STORY)
    assert combine(fold({}, shuffled[:at]), fold({}, shuffled[at:])) == fold({}, STORY)


@given(st.randoms(use_true_random=False))
def test_coverage_score_and_opens_never_fall(chance: random.Random) -> None:
    steps = [fold({}, [])]
    for message in chance.sample(STORY, len(STORY)):
        steps.append(fold(steps[-1], [message]))

    for name in ("coverage", "score", "opens"):
        seen = [step[name] for step in steps if name in step]
        assert seen == sorted(seen)
    assert properties(steps[-1])["segue_open_count"] == "2"


def test_the_last_visit_says_who_it_was_and_an_older_revision_never_overwrites_a_newer() -> None:
    newer = summary("501", 3, who="likely_person", confidence="medium")
    older = summary("501", 2, who="person", confidence="low")

    assert fold(fold({}, [newer]), [older])["visit"] == fold({}, [newer])["visit"]
    assert properties(fold({}, STORY))["segue_viewer"] == "likely_person"
    assert properties(fold({}, STORY))["segue_cta_label"] == "Call us"


def test_every_property_written_is_one_that_setting_up_makes() -> None:
    made = {each.name for each in assets.PROPERTIES}

    assert {name for names in BEARS.values() for name in names} == properties(fold({}, STORY)).keys()
    assert properties(fold({}, STORY)).keys() <= made


@given(
    st.dictionaries(
        st.sampled_from(["campaign_title", "label", "cta", "quartile", "score", "duration_s", "coverage_s", "who"]),
        st.none() | st.text() | st.integers() | st.floats() | st.lists(st.text()) | st.booleans(),
    ),
    st.sampled_from(sorted(BEARS)),
)
def test_whatever_a_payload_holds_becomes_values_hubspot_takes(data: dict[str, Any], kind: str) -> None:
    message = told("501", kind)
    values = properties(
        fold({}, [type(message)("k", kind, message.subject, {**message.payload, **data}, message.occurred_at)])
    )

    for name, value in values.items():
        assert isinstance(value, str)
        assert 0 < len(value.encode("utf-16-le")) // 2 <= LONGEST
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in value)
        if name in ("segue_max_coverage", "segue_score"):
            assert 0 <= float(value) <= 100


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(2, 20))
def test_text_is_cut_to_what_fits_and_never_in_the_middle_of_a_character(text: str, most: int) -> None:
    cleaned = clean(text, most)

    assert len(cleaned.encode("utf-16-le")) // 2 <= most
    assert clean(cleaned, most) == cleaned


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ana 👩‍🚀 García", "Ana 👩‍🚀 García"),
        ("שלום \u200fעולם", "שלום \u200fעולם"),
        ("two\nlines\tand\x00 a null\x1b", "two lines and a null"),
        ("half \ud83d an emoji", "half  an emoji"),
    ],
)
def test_emoji_and_scripts_stay_and_control_characters_go(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_what_is_cut_says_so() -> None:
    assert cut("x" * 300, 256) == "x" * 255 + "…"
    assert cut("👨‍👩‍👧", 4) == "👨…"
    assert [decimal(value) for value in (95.0, 97.54, 0.0)] == ["95", "97.5", "0"]


def test_two_contacts_that_became_one_have_the_sum_of_both() -> None:
    one, other = fold({}, visit_of("501", "v1")), fold({}, visit_of("502", "v2", after_s=600))

    assert reduce(combine, [one, other]) == fold({}, [*visit_of("501", "v1"), *visit_of("501", "v2", after_s=600)])
