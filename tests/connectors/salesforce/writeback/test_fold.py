"""A visit's row only ever grows: any order, any repetition, the same row; and every value fits its field."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from connectors.salesforce.writeback import fold
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.outbox.ports import Message
from tests.conftest import NOW


def told(kind: str, *, after_s: int = 0, **data: Any) -> Message:
    at = NOW + timedelta(seconds=after_s)
    payload = {"visit_id": "v1", "campaign_title": "Spring", "campaign_id": "c1", "occurred_at": at.isoformat(), **data}
    return Message(f"{kind}:{after_s}:{data}", kind, "contact:003000000000001AAA", payload, at)


def summary(revision: int, **changed: Any) -> Message:
    data = {
        "session_key": "v1",
        "revision": revision,
        "started_at": NOW.isoformat(),
        "duration_s": 40.0,
        "coverage_s": 38.0,
        "watch_s": 51.0,
        "quartile": 75,
        "who": "person",
        "confidence": "high",
        "reasons": ["2 real gestures"],
        "replays": [{"scene": "pricing", "title": "Pricing", "times": 2}],
        "ctas": ["Book"],
        "spans": [[0.0, 38.0]],
        "again": [[8.0, 12.0]],
        "score": 72,
        "score_reasons": ["watched 95 %"],
        **changed,
    }
    return told("visit.summarised", **data)


STORY = (
    told("link.opened"),
    told("video.played", after_s=1),
    told("video.quartile_reached", after_s=10, quartile=25),
    told("video.quartile_reached", after_s=30, quartile=75),
    told("cta.clicked", after_s=31, cta="a", label="Book"),
    told("cta.clicked", after_s=35, cta="b", label="Call"),
    summary(1, coverage_s=20.0, quartile=50),
    summary(2),
)
WHOLE = fold.fold({}, STORY)
FACED = {"share": 0.824, "seconds": 31, "quality": 0.9}
TAKEN_BACK = (*STORY[:-2], summary(1, attention=FACED), summary(2, attention=FACED), told(WITHDRAWN, revision=2))


@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_any_order_any_number_of_times_it_is_the_same_row(chance: random.Random, times: int) -> None:
    messages = [*STORY] * times
    chance.shuffle(messages)

    assert fold.fold({}, messages) == WHOLE


@given(st.randoms(use_true_random=False), st.integers(1, 2))
def test_in_any_order_what_was_taken_back_is_not_there(chance: random.Random, times: int) -> None:
    messages = [*TAKEN_BACK] * times
    chance.shuffle(messages)

    found = fold.fold({}, messages)

    assert found == fold.fold({}, TAKEN_BACK)
    assert "share" not in str(found)
    assert fold.row("v1", found, {})["Facing_Screen_Percent__c"] is None


def test_a_share_is_told_as_a_percentage_and_only_where_there_ever_was_one() -> None:
    row = fold.row("v1", fold.fold({}, [summary(1, attention=FACED)]), {})

    assert row["Facing_Screen_Percent__c"] == 82
    assert "Facing_Screen_Percent__c" not in fold.row("v1", WHOLE, {})
    assert row["Score__c"] == fold.row("v1", fold.fold({}, [summary(1)]), {})["Score__c"]


def test_a_later_yes_is_told_though_an_earlier_was_taken_back() -> None:
    found = fold.fold({}, [*TAKEN_BACK, summary(3, attention={**FACED, "share": 0.5})])

    assert fold.row("v1", found, {})["Facing_Screen_Percent__c"] == 50


def test_of_a_visit_never_told_there_is_nothing_to_write() -> None:
    assert not fold.is_told(fold.fold({}, [told(WITHDRAWN, revision=2)]))
    assert all(fold.is_told(fold.fold({}, [message])) for message in (STORY[0], STORY[2], STORY[4], STORY[6]))


def test_the_row_says_what_the_person_said_and_which_link_it_was() -> None:
    row = fold.row("v1", fold.fold({}, [summary(1, consent="given", link_id="L" * 22)]), {})

    assert (row["Consent__c"], row["Link_Id__c"]) == ("given", "L" * 22)


@given(st.integers(0, len(STORY)))
def test_cut_anywhere_it_goes_on(cut: int) -> None:
    assert fold.fold(fold.fold({}, STORY[:cut]), STORY[cut:]) == WHOLE


def test_the_row_says_what_happened() -> None:
    row = fold.row("v1", WHOLE, {"Contact__c": "003000000000001AAA", "Lead__c": None})

    assert row["Session_Key__c"] == "v1"
    assert row["Contact__c"] == "003000000000001AAA"
    assert "Lead__c" not in row
    assert row["Max_Milestone__c"] == 75
    assert row["Coverage_Percent__c"] == 95.0
    assert row["CTA_Clicked_At__c"] == (NOW + timedelta(seconds=31)).isoformat()
    assert row["CTA_Label__c"] == "Call"
    assert row["Revision__c"] == 2
    assert orjson.loads(row["Spans__c"]) == [[0.0, 38.0]]
    assert row["Replays__c"] == "Pricing × 2"
    assert row["Score__c"] == 72
    assert row["Sentence__c"].startswith("Watched 38 of 40 s")


def test_before_its_summary_a_visit_has_a_row_already() -> None:
    row = fold.row("v1", fold.fold({}, STORY[:4]), {})

    assert row["Coverage_Percent__c"] == 75.0
    assert row["First_Opened_At__c"] == NOW.isoformat()
    assert "Who__c" not in row


@pytest.mark.parametrize(("cut", "rank"), [(0, 0), (1, 1), (3, 1), (4, 2), (5, 3)])
def test_a_members_status_rises_with_what_happened(cut: int, rank: int) -> None:
    assert fold.rank(fold.fold({}, STORY[:cut])) == rank


NUMBER = st.floats(0, 1e9) | st.integers(0, 10**9)


@given(
    title=st.text(),
    label=st.text(max_size=600),
    scenes=st.lists(st.text(), max_size=40),
    numbers=st.fixed_dictionaries(dict.fromkeys(("duration_s", "coverage_s", "watch_s"), NUMBER)),
    spans=st.lists(st.tuples(NUMBER, NUMBER).map(list), max_size=100),
)
def test_whatever_people_called_things_the_row_is_json_and_fits(
    title: str, label: str, scenes: list[str], numbers: dict[str, float], spans: list[list[float]]
) -> None:
    replays = [{"scene": scene, "title": scene, "times": 2} for scene in scenes]
    odd = summary(1, **numbers, campaign_title=title, replays=replays, spans=spans, reasons=scenes)

    row = fold.row("v1", fold.fold({}, [odd, told("cta.clicked", label="😀" * 200 + label)]), {})

    orjson.dumps(row)
    assert len(row["CTA_Label__c"].encode("utf-16-le")) <= 2 * 255
    assert 0 <= row["Coverage_Percent__c"] <= 100
