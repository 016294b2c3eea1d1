"""How many calls HubSpot takes: ten seconds rolling, a day until the account's midnight, and five searches a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.hubspot.sandbox.problems import Problem, too_many

_WINDOW_S = 10.0
_SEARCHES = 5
_BURST = {"free": 100, "starter": 100, "professional": 190, "enterprise": 190}
_DAILY = {"free": 250_000, "starter": 250_000, "professional": 625_000, "enterprise": 1_000_000}
OAUTH_BURST = 110


@dataclass(slots=True)
class Limits:
    """The calls of one app in one portal. `burst` and `daily` override the tier's; `daily` None: no daily limit."""

    burst: int
    daily: int | None
    retry_after: bool = False
    """Whether a 429 says `Retry-After`: HubSpot mostly doesn't."""
    used_today: int = 0
    resets_at: float = 0.0
    most_in_window: int = 0
    """The most calls that came in any ten seconds, refused ones too."""
    _taken: deque[float] = field(default_factory=deque)
    _arrived: deque[float] = field(default_factory=deque)

    def arrive(self, now: float) -> None:
        """A call came, whatever becomes of it."""
        _drop(self._arrived, now - _WINDOW_S)
        self._arrived.append(now)
        self.most_in_window = max(self.most_in_window, len(self._arrived))

    def take(self, now: float, midnight: float) -> None:
        """Count a call; raises the 429 of the limit that is reached. A refused call counts toward none."""
        if now >= self.resets_at:
            self.used_today, self.resets_at = 0, midnight
        if self.daily is not None and self.used_today >= self.daily:
            raise self.refusal("DAILY", now)
        _drop(self._taken, now - _WINDOW_S)
        if len(self._taken) >= self.burst:
            raise self.refusal("TEN_SECONDLY_ROLLING", now)
        self._taken.append(now)
        self.used_today += 1

    def refusal(self, policy: str, now: float, more: Mapping[str, str] | None = None) -> Problem:
        """The 429 of this policy, with `more` headers."""
        headers = {**self.headers(), **(more or {})}
        if self.retry_after and more is None:
            free_in = self.resets_at - now if policy == "DAILY" else self._free_in(now)
            headers["Retry-After"] = str(max(1, int(free_in + 0.999)))
        words = {"DAILY": "daily", "SECONDLY": "secondly"}.get(policy, "ten_secondly_rolling")
        return too_many(policy, f"You have reached your {words} limit.", headers)

    def headers(self) -> dict[str, str]:
        """What every answer but a search's says."""
        left = self.burst - len(self._taken)
        shown = {
            "X-HubSpot-RateLimit-Max": str(self.burst),
            "X-HubSpot-RateLimit-Remaining": str(max(0, left)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(_WINDOW_S * 1000)),
        }
        if self.daily is not None:
            shown["X-HubSpot-RateLimit-Daily"] = str(self.daily)
            shown["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, self.daily - self.used_today))
        return shown

    def forget(self) -> None:
        """As if no call had come yet."""
        self._taken.clear()
        self._arrived.clear()
        self.used_today = self.most_in_window = 0

    def _free_in(self, now: float) -> float:
        return self._taken[0] + _WINDOW_S - now if self._taken else 0.0


class Searches:
    """Five searches a second, of all apps of an account together."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque()

    def free(self, now: float) -> bool:
        """Count a search; False when it is one too many."""
        _drop(self._taken, now - 1.0)
        if len(self._taken) >= _SEARCHES:
            return False
        self._taken.append(now)
        return True


def limits_for(tier: str, kind: str) -> Limits:
    """Those of a new installation: `kind` is static or oauth."""
    if kind == "oauth":
        return Limits(OAUTH_BURST, None)
    return Limits(_BURST[tier], _DAILY[tier])


def _drop(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
