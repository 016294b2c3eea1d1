"""What a page tells of facing the screen: taken in with a live yes, in bounds, each second once."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import select

from plugin.engagement import nonce
from plugin.engagement.accept import BeaconTooLarge
from plugin.engagement.attention.accept import MAX_BYTES, MAX_SECONDS, accept
from plugin.engagement.attention.models import AttentionSecond
from plugin.engagement.models import Visit
from plugin.engagement.nonce import NonceForged
from plugin.kernel.errors import BadInput
from plugin.privacy import suppress
from tests.conftest import NOW
from tests.plugin.engagement.attention.pages import body, make_asked, make_attentive, second, told


def kept(database, visit_id: str) -> list[tuple[int, float | None]]:
    with database.reading() as session:
        rows = session.execute(
            select(AttentionSecond.second, AttentionSecond.score)
            .where(AttentionSecond.visit_id == visit_id)
            .order_by(AttentionSecond.second)
        )
        return [(row.second, row.score) for row in rows]


def test_seconds_are_kept_once_in_whatever_order_they_come(database, vault):
    visit_id = make_attentive(database, vault)

    told(database, vault, visit_id, [second(4, 0.4), second(2, 0.2)])
    told(database, vault, visit_id, [second(3, 0.3), second(2, 0.9), second(4, 0.4)])

    assert kept(database, visit_id) == [(2, 0.2), (3, 0.3), (4, 0.4)]


def test_what_could_not_be_said_at_first_may_be_said_later_and_not_the_other_way_round(database, vault):
    visit_id = make_attentive(database, vault)

    told(database, vault, visit_id, [second(1, None), second(2, 0.5)])
    told(database, vault, visit_id, [second(1, 0.7), second(2, None)])

    assert kept(database, visit_id) == [(1, 0.7), (2, 0.5)]


def test_without_a_live_yes_nothing_is_kept(database, vault):
    with database.transaction() as session:
        visit_id = make_asked(session, vault).id

    assert told(database, vault, visit_id, [second(1)]) == 0
    assert kept(database, visit_id) == []


def test_of_a_visit_no_longer_measured_or_someone_suppressed_nothing_is_kept(database, vault):
    stopped, suppressed = make_attentive(database, vault), make_attentive(database, vault)
    with database.transaction() as session:
        session.get_one(Visit, stopped).tracked = False
        suppress.suppress(session, session.get_one(Visit, suppressed).suppression, "asked")

    assert told(database, vault, stopped, [second(1)]) == 0
    assert told(database, vault, suppressed, [second(1)]) == 0


def test_no_more_is_kept_than_the_video_and_the_clock_have_room_for(database, vault):
    visit_id = make_attentive(database, vault)

    past_the_end = told(database, vault, visit_id, [second(39), second(40), second(9999)])
    another = make_attentive(database, vault)
    at_once = told(database, vault, another, [second(at) for at in range(40)], after_s=-9)

    assert past_the_end == 1
    assert at_once == 40
    third = make_attentive(database, vault, duration_s=3_000.0)
    assert told(database, vault, third, [second(at) for at in range(120)], after_s=5) == 60
    assert told(database, vault, third, [second(at) for at in range(120, 240)], after_s=5) == 0


@pytest.mark.parametrize(
    "item",
    [
        second(1, 1.1),
        second(1, -0.1),
        second(1, float("nan")),
        second(1, None, quality="ok"),
        second(1, 0.5, quality="dark"),
        second(1, 0.5, n=1),
        second(1, 0.5, n=0),
        second(1, 0.5, n=10_000),
        second(-1),
        second(10**9),
        second(1, quality="sleepy"),
        {"second": 1},
        {"second": True, "score": 1, "n": 5, "quality": "ok"},
        {"second": 1.5, "score": 1, "n": 5, "quality": "ok"},
        {"second": 1, "score": "1", "n": 5, "quality": "ok"},
        {"second": 1, "score": [1], "n": 5, "quality": ["ok"]},
        None,
        [],
    ],
    ids=str,
)
def test_an_impossible_second_is_ignored_and_the_rest_taken(vault, item):
    told = accept(vault, body(vault, "visit", [item, second(7, 0.7)]), now=NOW)

    assert [one.second for one in told.seconds] == [7]
    assert told.ignored == 1


def test_nothing_but_the_four_values_is_ever_read(vault):
    spiced = {**second(1), "image": "data:image/jpeg;base64,AAAA", "landmarks": [[0.1, 0.2]], "name": "Ana"}

    (kept,) = accept(vault, body(vault, "visit", [spiced]), now=NOW).seconds

    assert set(kept.__slots__) == {"second", "score", "n", "quality"}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", BadInput),
        (b"[]", BadInput),
        (b'{"nonce": 1, "seconds": []}', BadInput),
        (b'{"nonce": "x", "seconds": {}}', BadInput),
        (b'{"nonce": "x.1.y", "seconds": []}', NonceForged),
        (b" " * (MAX_BYTES + 1), BeaconTooLarge),
    ],
)
def test_what_is_no_telling_of_ours_is_refused(vault, data, error):
    with pytest.raises(error):
        accept(vault, data, now=NOW)


def test_too_many_at_once_are_refused(vault):
    many = {"nonce": nonce.issue(vault, "visit", now=NOW), "seconds": [0] * (MAX_SECONDS + 1)}

    with pytest.raises(BeaconTooLarge):
        accept(vault, orjson.dumps(many), now=NOW)
