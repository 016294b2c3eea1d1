"""At the door: what is a beacon, what isn't, and what of a half-good one is kept."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from plugin.engagement import nonce
from plugin.engagement.accept import MAX_BYTES, Accepted, BeaconTooLarge, accept
from plugin.engagement.nonce import NonceForged
from plugin.kernel.errors import BadInput, SegueError
from plugin.kernel.seal import Vault
from tests.conftest import NOW
from tests.plugin.engagement.visits import beacon, ms, said, seen, span

VAULT = Vault(bytes(range(32)))
LATER = NOW + timedelta(seconds=60)


def read(*events: object, now=LATER) -> Accepted:
    return accept(VAULT, beacon(VAULT, "visit", events), now=now)


def kept(*events: object) -> list[dict]:
    return [orjson.loads(row[5]) for row in read(*events).rows]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"nonce": 1, "events": []}', b"\xff\xfe"])
def test_a_body_that_is_no_beacon_is_refused(body: bytes):
    with pytest.raises(BadInput):
        accept(VAULT, body, now=LATER)


def test_an_oversized_body_is_refused_unread():
    with pytest.raises(BeaconTooLarge):
        accept(VAULT, b"x" * (MAX_BYTES + 1), now=LATER)


def test_more_than_two_hundred_events_are_refused():
    with pytest.raises(BeaconTooLarge):
        read(*[said("video.played")] * 201)


def test_a_forged_nonce_is_refused():
    with pytest.raises(NonceForged):
        accept(VAULT, orjson.dumps({"nonce": "visit.1.x", "events": []}), now=LATER)


def test_a_malformed_item_is_ignored_and_the_rest_kept():
    good = span(0, 5)
    bad = [
        None,
        7,
        "x",
        [],
        {},
        {**span(0, 5), "id": "not-a-uuid"},
        {**span(0, 5), "id": 5},
        {**span(0, 5), "kind": "video.exploded"},
        {**span(0, 5), "kind": "link.opened"},
        {**span(0, 5), "kind": "visit.summarised"},
        {**span(0, 5), "at": "yesterday"},
        {**span(0, 5), "at": True},
        {**span(0, 5), "at": 1e300},
        {**span(0, 5), "data": []},
        said("cta.clicked", cta="<script>"),
        said("cta.clicked", cta={"$ne": 1}),
        said("cta.clicked", cta="x" * 41),
        said("chapter.selected"),
        said("page.seen", visible_ms=-1, gestures={}),
        said("page.seen", visible_ms=5, gestures=[1]),
    ]

    accepted = read(*bad, good)

    assert [row[0] for row in accepted.rows] == [good["id"]]
    assert accepted.ignored == len(bad)


@pytest.mark.parametrize(
    ("start", "end", "rate"),
    [(5, 5, 1), (5, 4, 1), (-1, 4, 1), (0, 70, 1), (0, 40_000, 16), (0, 5, 0), (0, 5, -1), (0, 5, 5), (None, 5, 1),
     ("0", 5, 1), (0, True, 1)],
)  # fmt: skip
def test_a_span_that_cannot_have_been_played_is_ignored(start: object, end: object, rate: object):
    assert kept(said("video.watched", **{"from": start, "to": end, "rate": rate})) == []


def test_a_span_may_be_as_long_as_the_clock_has_room_for():
    assert kept(said("video.watched", **{"from": 0, "to": 120, "rate": 2})) == [{"from": 0, "to": 120, "rate": 2}]


def test_unknown_words_in_an_event_are_dropped():
    event = said("cta.clicked", cta="book-a-demo", email="ada@example.org", note="<b>")

    assert kept(event) == [{"cta": "book-a-demo"}]


def test_gestures_are_counted_by_the_kinds_we_know():
    assert kept(said("page.seen", visible_ms=1500.7, gestures={"pointer": 2, "laser": 9, "key": -1})) == [
        {"visible_ms": 1500, "gestures": {"pointer": 2}, "webdriver": False}
    ]


@pytest.mark.parametrize(("at_s", "held_s"), [(-86_400, 0), (5, 5), (60, 60), (86_400 * 400, 60)])
def test_when_it_happened_is_held_between_the_open_and_now(at_s: float, held_s: float):
    assert read(said("video.played", at_s)).rows[0][3] == NOW + timedelta(seconds=held_s)


def test_a_browser_with_a_wrong_clock_is_set_right_by_when_it_sent():
    wrong_by = 7_200_000
    event = {**said("video.played"), "at": ms(NOW) + 20_000 - wrong_by}
    body = {"nonce": nonce.issue(VAULT, "visit", now=NOW), "sent": ms(LATER) - wrong_by, "events": [event]}

    assert accept(VAULT, orjson.dumps(body), now=LATER).rows[0][3] == NOW + timedelta(seconds=20)


def test_the_same_id_twice_in_one_beacon_is_one_event():
    event = said("cta.clicked", cta="book-a-demo")

    assert len(read(event, event, {**event, "id": event["id"].upper()}).rows) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "id": st.uuids().map(str) | JSON,
        "kind": st.sampled_from(["page.seen", "video.watched", "cta.clicked", "video.played"]) | JSON,
        "at": st.integers() | JSON,
        "data": st.dictionaries(st.sampled_from(["from", "to", "rate", "cta", "gestures", "visible_ms"]), JSON) | JSON,
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ITEM | JSON, max_size=8), JSON)
def test_nothing_anyone_sends_breaks_the_door_or_costs_its_neighbour(items: list[object], sent: object):
    good = seen(pointer=1)
    try:
        body = orjson.dumps({"nonce": nonce.issue(VAULT, "visit", now=NOW), "sent": sent, "events": [*items, good]})
    except (TypeError, orjson.JSONEncodeError):
        return

    accepted = accept(VAULT, body, now=LATER)

    assert good["id"] in {row[0] for row in accepted.rows}
    assert all(NOW <= row[3] <= LATER and row[1] == "visit" for row in accepted.rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_our_own_words(body: bytes):
    with pytest.raises(SegueError):
        accept(VAULT, body, now=LATER)
