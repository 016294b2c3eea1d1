"""The retry schedule: bounded, obedient, and never past the age limit."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from plugin.outbox.ports import Dead, Retry
from plugin.outbox.schedule import RetryPolicy, Wait, decide, next_wait_s

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = RetryPolicy()

share = st.floats(0, 1)


def at(fraction: float):
    return lambda low, high: low + (high - low) * fraction


def fate(
    answer: Retry, *, attempts: int = 1, age: timedelta = timedelta(0), previous_s: float = 0, fraction: float = 0.5
):
    return decide(
        answer,
        attempts=attempts,
        owed_since=NOW - age,
        previous_wait_s=previous_s,
        now=NOW,
        policy=POLICY,
        draw=at(fraction),
    )


@given(previous=st.floats(0, 1e6), fraction=share)
def test_every_wait_is_between_base_and_cap(previous: float, fraction: float) -> None:
    assert POLICY.base_s <= next_wait_s(previous, POLICY, at(fraction)) <= POLICY.cap_s


def test_waits_grow_when_chance_is_neutral() -> None:
    waits = [0.0]
    for _ in range(30):
        waits.append(next_wait_s(waits[-1], POLICY, at(0.5)))

    assert waits == sorted(waits)
    assert waits[-1] > 3600


@given(fraction=share, age_s=st.floats(0, 10**6), attempts=st.integers(1, 100), after=st.none() | st.floats())
def test_a_wait_never_passes_the_age_limit_nor_lies_in_the_past(fraction, age_s, attempts, after) -> None:
    decided = fate(Retry("busy", after), attempts=attempts, age=timedelta(seconds=age_s), fraction=fraction)

    if isinstance(decided, Wait):
        assert NOW <= decided.due_at <= NOW - timedelta(seconds=age_s) + POLICY.max_age
    else:
        assert age_s >= POLICY.max_age.total_seconds() or attempts >= POLICY.max_attempts


@given(after_s=st.floats(0, 100_000), fraction=share)
def test_a_crm_that_says_when_is_not_asked_sooner(after_s: float, fraction: float) -> None:
    decided = fate(Retry("rate limited", after_s), fraction=fraction)

    assert isinstance(decided, Wait)
    assert decided.due_at >= NOW + timedelta(seconds=math.floor(after_s * 1e6) / 1e6)


def test_being_rate_limited_often_is_no_reason_to_give_up() -> None:
    assert isinstance(fate(Retry("rate limited", 10.0), attempts=500), Wait)


def test_too_many_attempts_end_with_a_reason_that_quotes_the_crm() -> None:
    decided = fate(Retry("The field 'plan' is read-only."), attempts=POLICY.max_attempts, age=timedelta(hours=5))

    assert isinstance(decided, Dead)
    assert decided.reason == (
        "Gave up after 40 attempts in 5.0 hours. The last answer was: The field 'plan' is read-only. "
        "Retry once that is mended."
    )


def test_too_old_ends_too() -> None:
    assert isinstance(fate(Retry("busy", 5.0), age=POLICY.max_age), Dead)
