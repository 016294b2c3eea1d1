"""One pace for all who call an API: never over the limit, nearly all of it used, urgent calls first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from plugin.kernel.database import Database
from plugin.kernel.pace import Limit, Pace, TooBusy
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


def test_many_urgent_calls_are_spaced_and_others_wait_for_them(database: Database, time: Stopwatch) -> None:
    pace, moments = make_pace(database, time), []
    for _ in range(8):
        pace.take(patience_s=2, urgent=True)
        moments.append(time.now)
    last_urgent = time.now
    with pytest.raises(TooBusy):
        pace.take(patience_s=0)
    pace.take(patience_s=5)

    assert most_in_a_window(moments, 0.15) <= 4
    assert time.now > last_urgent


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
