"""When to try again, and when to stop: pure, with time and chance passed in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.outbox.ports import Dead, Retry

Draw = Callable[[float, float], float]
"""A number between two bounds, such as `random.uniform`."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient the outbox is: quick at first, hours apart later, three days in all."""

    base_s: float = 2.0
    cap_s: float = 4 * 3600.0
    max_attempts: int = 40
    max_age: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again at `due_at`; `wait_s` is what the next wait grows from."""

    due_at: datetime
    wait_s: float
    reason: str


def next_wait_s(previous_s: float, policy: RetryPolicy, draw: Draw) -> float:
    """Decorrelated jitter (AWS Architecture Blog, 'Exponential Backoff And Jitter', 2015), within base and cap."""
    return min(policy.cap_s, draw(policy.base_s, max(policy.base_s, previous_s * 3)))


def decide(
    answer: Retry,
    *,
    attempts: int,
    owed_since: datetime,
    previous_wait_s: float,
    now: datetime,
    policy: RetryPolicy,
    draw: Draw,
) -> Wait | Dead:
    """What becomes of a message put off once more; `attempts` counts this one.

    A CRM that says when to come back is obeyed, and only age ends that patience: being rate-limited often is no
    fault of the message. The last try falls at the age limit, never after it.
    """
    last_moment = owed_since + policy.max_age
    asked_s = _asked_s(answer)
    if now >= last_moment or (asked_s is None and attempts >= policy.max_attempts):
        return Dead(_gave_up(answer, attempts, now - owed_since))
    if asked_s is None:
        wait_s = remembered_s = next_wait_s(previous_wait_s, policy, draw)
    else:
        wait_s, remembered_s = asked_s + draw(0.0, policy.base_s), previous_wait_s
    left_s = (last_moment - now).total_seconds()
    return Wait(now + timedelta(seconds=min(wait_s, left_s)), remembered_s, answer.reason)


def _asked_s(answer: Retry) -> float | None:
    """The wait the CRM asked for; nonsense (negative, not finite) counts as not asked."""
    asked = answer.after_s
    return asked if asked is not None and math.isfinite(asked) and asked >= 0 else None


def _gave_up(answer: Retry, attempts: int, age: timedelta) -> str:
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    hours = age.total_seconds() / 3600
    span = f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
    return f"Gave up after {times} in {span}. The last answer was: {answer.reason} Retry once that is mended."
