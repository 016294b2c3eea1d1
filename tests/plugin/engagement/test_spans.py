"""The arithmetic of watching, against counting every millisecond by hand."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from plugin.engagement import spans
from plugin.engagement.spans import Span

END = 60
SPANS = st.lists(
    st.tuples(st.integers(0, END - 1), st.integers(1, END))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Span(*pair)),
    max_size=12,
)
SCENE = (
    st.tuples(st.integers(0, END - 1), st.integers(1, END))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Span(*pair))
)


def ticks(watched: list[Span]) -> Counter[int]:
    """How often each millisecond was played."""
    return Counter(tick for span in watched for tick in range(span.from_ms, span.to_ms))


@given(SPANS)
def test_coverage_is_the_number_of_distinct_milliseconds(watched: list[Span]):
    assert spans.coverage_ms(watched) == len(ticks(watched))


@given(SPANS)
def test_watch_time_is_every_millisecond_played(watched: list[Span]):
    assert spans.watch_ms(watched) == ticks(watched).total()


@given(SPANS)
def test_merged_spans_are_the_same_seconds_apart_and_in_order(watched: list[Span]):
    merged = spans.merge(watched)

    assert set(ticks(list(merged))) == set(ticks(watched))
    assert all(a.to_ms < b.from_ms for a, b in pairwise(merged))


@given(SPANS)
def test_what_was_seen_again_was_played_more_than_once(watched: list[Span]):
    again = spans.seen_again(watched, least_ms=1)

    assert set(ticks(list(again))) == {tick for tick, times in ticks(watched).items() if times > 1}
    assert all(a.to_ms < b.from_ms for a, b in pairwise(again))


def test_a_player_that_goes_on_a_frame_early_has_replayed_nothing():
    assert spans.seen_again([Span(0, 5000), Span(4960, 9000)]) == ()
    assert spans.seen_again([Span(0, 5000), Span(4000, 9000)]) == (Span(4000, 5000),)


def test_of_too_many_stretches_the_longest_are_kept_in_order():
    assert spans.longest([Span(0, 1), Span(5, 9), Span(20, 22)], 2) == (Span(5, 9), Span(20, 22))


@given(SPANS, st.randoms())
def test_the_order_of_arrival_changes_nothing(watched: list[Span], random):
    shuffled = random.sample(watched, len(watched))

    assert spans.merge(shuffled) == spans.merge(watched)
    assert spans.replays(shuffled, Span(0, END)) == spans.replays(watched, Span(0, END))


@given(SPANS, SCENE)
def test_replays_are_how_often_half_the_scene_was_played_again(watched: list[Span], scene: Span):
    played = ticks(watched)
    times = 0
    while 2 * sum(played[t] >= times + 1 for t in range(scene.from_ms, scene.to_ms)) >= scene.length_ms:
        times += 1

    assert spans.replays(watched, scene) == max(0, times - 1)


@given(SPANS, SCENE, st.data())
def test_a_run_cut_in_two_counts_as_the_run_whole(watched: list[Span], scene: Span, data: st.DataObject):
    if not watched or watched[0].length_ms < 2:
        return
    cut = data.draw(st.integers(watched[0].from_ms + 1, watched[0].to_ms - 1))
    pieces = [Span(watched[0].from_ms, cut), Span(cut, watched[0].to_ms), *watched[1:]]

    assert spans.replays(pieces, scene) == spans.replays(watched, scene)
    assert spans.coverage_ms(pieces) == spans.coverage_ms(watched)
    assert spans.watch_ms(pieces) == spans.watch_ms(watched)


@pytest.mark.parametrize(
    ("covered", "reached"),
    [(0, ()), (9_999, ()), (10_000, (25,)), (20_000, (25, 50)), (30_000, (25, 50, 75)), (39_199, (25, 50, 75)),
     (39_200, (25, 50, 75, 100)), (40_000, (25, 50, 75, 100))],
)  # fmt: skip
def test_quartiles_go_by_distinct_seconds(covered: int, reached: tuple[int, ...]):
    assert spans.quartiles(covered, 40_000) == reached


def test_skipping_to_the_end_reaches_no_quartile():
    assert spans.quartiles(spans.coverage_ms([Span(0, 1000), Span(38_000, 40_000)]), 40_000) == ()


def test_watching_the_first_quarter_four_times_reaches_one_quartile():
    assert spans.quartiles(spans.coverage_ms([Span(0, 10_000)] * 4), 40_000) == (25,)


def test_a_video_without_length_has_no_quartiles():
    assert spans.quartiles(0, 0) == ()


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_quartiles_only_grow_with_coverage(covered: int, duration: int):
    assert set(spans.quartiles(covered, duration)) <= set(spans.quartiles(covered + 1, duration))


def test_spans_past_the_end_are_cut_back_or_left_out():
    watched = [Span(30, 40_300), Span(100, 45_000), Span(40_000, 40_200), Span(-5, 10)]

    assert spans.within(watched, 40_000) == (Span(30, 40_000),)
