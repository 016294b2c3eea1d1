"""One pace for all who call an API: never over the limit, nearly all of it used, urgent calls first."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from tempfile import mkdtemp
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Table

from plugin.kernel.database import Database, Entity
from plugin.kernel.pace import Limit, Pace, PaceRow, TooBusy
from tests.conftest import HeldClock


class Stopwatch(HeldClock):
    """Time that passes only while someone sleeps."""

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Stopwatch:
    return Stopwatch()


def make_pace(database: Database, time: Stopwatch, calls: int = 100, name: str = "hubspot:1") -> Pace:
    return Pace(database, name, Limit(calls), clock=time, sleep=time.sleep)


@cache
def _ours() -> Database:
    """One database for all examples, each under a name of its own."""
    made = Database(f"sqlite:///{mkdtemp(prefix='segue-pace-')}/pace.sqlite3")
    Entity.metadata.create_all(made.engine, tables=[cast("Table", PaceRow.__table__)])
    return made


def most_in_a_window(moments: list[datetime], seconds: float = 10.0) -> int:
    window = timedelta(seconds=seconds)
    return max(sum(1 for other in moments if start <= other < start + window) for start in moments)


@pytest.mark.parametrize("calls", [100, 110, 190])
def test_in_any_window_the_limit_holds_and_nearly_all_of_it_is_used(
    database: Database, time: Stopwatch, calls: int
) -> None:
    pace, began, moments = make_pace(database, time, calls), time.now, []

    while time.now < began + timedelta(seconds=30):
        pace.take(patience_s=10)
        moments.append(time.now)

    assert most_in_a_window(moments) <= calls
    assert len(moments) / 3 >= 0.95 * calls


def test_two_processes_share_one_limit(database: Database, time: Stopwatch) -> None:
    one, other, moments = make_pace(database, time), make_pace(database, time), []

    for turn in range(200):
        (one if turn % 2 else other).take(patience_s=10)
        moments.append(time.now)

    assert most_in_a_window(moments) <= 100


def test_two_accounts_do_not_wait_for_each_other(database: Database, time: Stopwatch) -> None:
    busy, idle = make_pace(database, time), make_pace(database, time, name="hubspot:2")
    busy.close(time.now + timedelta(hours=1))

    idle.take(patience_s=0)


def test_an_urgent_call_goes_at_once_beside_a_full_queue(database: Database, time: Stopwatch) -> None:
    pace = make_pace(database, time)
    for _ in range(50):
        pace.take(patience_s=10)
    before = time.now

    pace.take(patience_s=1, urgent=True)

    assert time.now == before


def test_many_urgent_calls_go_at_once_while_the_window_has_room_and_others_make_up_for_it(
    database: Database, time: Stopwatch
) -> None:
    pace, began = make_pace(database, time), time.now
    for _ in range(90):
        pace.take(patience_s=0, urgent=True)
    assert time.now == began
    with pytest.raises(TooBusy):
        pace.take(patience_s=5)

    moments = [began] * 90
    for _ in range(40):
        pace.take(patience_s=60)
        moments.append(time.now)

    assert most_in_a_window(moments) <= 100


def test_a_full_window_takes_no_urgent_call_and_says_so_at_once(database: Database, time: Stopwatch) -> None:
    pace, began = make_pace(database, time), time.now
    for _ in range(97):
        pace.take(patience_s=0, urgent=True)

    with pytest.raises(TooBusy):
        pace.take(patience_s=1.5, urgent=True)

    assert time.now == began
    time.now += timedelta(seconds=10.5)
    pace.take(patience_s=0, urgent=True)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 14), st.floats(0, 4), st.floats(0, 3)), min_size=1, max_size=8),
    st.integers(0, 10**9),
)
def test_whatever_comes_when_the_limit_holds_in_any_window(
    bursts: list[tuple[bool, int, float, float]], name: int
) -> None:
    time = Stopwatch()
    pace, moments = Pace(_ours(), f"p{name}", Limit(12), clock=time, sleep=time.sleep), []

    for urgent, number, patience_s, pause_s in bursts:
        for _ in range(number):
            with suppress(TooBusy):
                pace.take(patience_s=patience_s, urgent=urgent)
                moments.append(time.now)
        time.sleep(pause_s)

    assert not moments or most_in_a_window(moments) <= 12


def test_who_cannot_wait_is_told_how_long_it_would_be(database: Database, time: Stopwatch) -> None:
    pace = make_pace(database, time)
    pace.close(time.now + timedelta(seconds=300))

    with pytest.raises(TooBusy) as busy:
        pace.take(patience_s=1, urgent=True)

    assert busy.value.after_s == pytest.approx(300, abs=0.2)


def test_told_to_slow_down_nobody_calls_for_so_long(database: Database, time: Stopwatch) -> None:
    pace, other = make_pace(database, time), make_pace(database, time)
    pace.slow_down(7)
    began = time.now

    other.take(patience_s=20)

    assert time.now - began >= timedelta(seconds=7)


def test_a_shorter_word_does_not_shorten_a_longer_one(database: Database, time: Stopwatch) -> None:
    pace = make_pace(database, time)
    pace.close(time.now + timedelta(hours=1))
    pace.slow_down(1)

    with pytest.raises(TooBusy):
        pace.take(patience_s=60)
