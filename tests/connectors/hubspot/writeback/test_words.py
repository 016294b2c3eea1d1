"""What is said in each form: notes, events, media sessions; and calls filled as far as they go."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from connectors.hubspot.accounts import assets
from connectors.hubspot.writeback import fold, media
from connectors.hubspot.writeback.events import LONGEST, NAMES, event_of, uuid_of
from connectors.hubspot.writeback.note import body_of, visits_in
from connectors.hubspot.writeback.pack import pack
from tests.connectors.hubspot.writeback.stage import summary, told, visit_of


def test_a_note_says_what_happened_and_is_found_again_by_its_mark() -> None:
    body = body_of("a_b-C9", summary("501").payload)

    assert body == (
        "<p><strong>Spring</strong>: Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo – a person, "
        "high confidence</p><p>Score 83 of 100: watched 95 %: 38 points</p><p>Why we say so: 3 taps</p>"
        "<p>Segue visit a_b-C9</p>"
    )
    assert visits_in(body) == {"a_b-C9"}
    assert visits_in("<div>Segue visit a_b-C9&nbsp;</div>") == {"a_b-C9"}
    assert visits_in(None) == visits_in("a call about the video") == frozenset()


def test_what_people_typed_is_no_html_in_a_note() -> None:
    body = body_of("v", summary("501", ctas=["<img src=x onerror=alert(1)>"], campaign_title="A & B <i>").payload)

    assert "<img" not in body
    assert "A &amp; B &lt;i&gt;" in body


def test_how_much_somebody_faced_the_screen_stands_in_the_note_where_it_can_be_taken_out_and_nowhere_else() -> None:
    shared = summary("501", attention={"share": 0.82, "seconds": 31, "quality": 0.9})

    line = "<p>Facing the screen 82 % of what played</p>"
    assert body_of("v", shared.payload).count(line) == 1
    assert body_of("v", shared.payload).replace(line, "") == body_of("v", summary("501").payload)
    # An event can't be changed once it is told.
    assert event_of(shared, "v") == event_of(summary("501"), "v")
    assert fold.properties(fold.fold({}, [shared])) == fold.properties(fold.fold({}, [summary("501")]))


def test_every_event_and_its_values_are_as_the_account_has_them_defined() -> None:
    defined = {event.name: {each.name for each in event.properties} for event in assets.EVENTS}

    for message in visit_of("501"):
        event = event_of(message, "v1")
        assert event.properties.keys() <= defined[event.name]
        assert all(value and len(value) <= LONGEST for value in event.properties.values())
    assert set(NAMES.values()) == set(assets.event_names())


def test_long_and_odd_values_fit_an_event() -> None:
    event = event_of(summary("501", ctas=["x" * 10_000, "שלום 👋"], who="scanner", confidence="very"), "v")

    assert len(event.properties["ctas"]) == LONGEST
    assert not {"who", "confidence"} & event.properties.keys()


@given(st.text())
def test_a_key_is_the_same_uuid_always(key: str) -> None:
    assert UUID(uuid_of(key)) == UUID(uuid_of(key))


def test_a_key_that_is_a_uuid_stays_that() -> None:
    key = "0b1f7a52-3d3a-5d6b-9b5e-0d5b7b1f7a52"

    assert uuid_of(key) == key


def test_seconds_watched_are_told_one_by_one() -> None:
    seconds = media.seconds_watched({"duration_s": 6.4, "spans": [[0.0, 2.5], [4.6, 6.4]], "again": [[1.0, 2.0]]})

    assert seconds == {"0": 1, "1": 2, "2": 1, "3": 0, "4": 0, "5": 1, "6": 0}
    assert media.seconds_watched({"duration_s": 6.4, "spans": []}) == {}


def test_a_button_has_no_word_in_media_bridge() -> None:
    said = [media.event_of(message, "v1", "501", "https://video.example/c/spring") for message in visit_of("501")]

    assert [event and event.path.rpartition("/")[2] for event in said] == [
        None,
        "media-played",
        *["media-played-percent"] * 3,
        None,
        "attention-span",
    ]
    assert said[1] is not None
    assert said[1].body["pageUrl"] == "https://video.example/c/spring"
    assert media.event_of(told("501", "video.quartile_reached", quartile=33), "v1", "501", "") is None


@given(st.lists(st.integers(1, 25), max_size=40), st.integers(1, 12))
def test_calls_are_filled_and_nobodys_order_is_broken(sizes: list[int], most: int) -> None:
    groups = [[(number, place) for place in range(size)] for number, size in enumerate(sizes)]

    waves = pack(groups, most)

    batches = [batch for wave in waves for batch in wave]
    assert sorted(each for batch in batches for each in batch) == [each for group in groups for each in group]
    assert all(len(batch) <= most for batch in batches)
    for wave in waves:
        # In one wave a contact is in one batch, in order.
        of = [number for batch in wave for number in {number for number, _ in batch}]
        assert len(of) == len(set(of))
    for number, size in enumerate(sizes):
        assert [place for batch in batches for each, place in batch if each == number] == list(range(size))


@pytest.mark.parametrize("most", [100, 500])
def test_a_long_queues_calls_are_nearly_full(most: int) -> None:
    sizes = [5 + n % 6 for n in range(500)]

    (wave,) = pack([[n] * size for n, size in enumerate(sizes)], most)

    assert len(wave) <= 1.05 * sum(sizes) / most + 1
