"""How many calls an org has for any 24 hours, and how many it used."""

from __future__ import annotations

from collections import Counter

_HOUR_S = 3600


class Allowance:
    """Counted by the hour over a moving day; `most` may be changed at any time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._hours: Counter[int] = Counter()

    def used(self, now: float) -> int:
        """Calls of the last 24 hours."""
        first = int(now // _HOUR_S) - 23
        for hour in [hour for hour in self._hours if hour < first]:
            del self._hours[hour]
        return sum(self._hours.values())

    def take(self, now: float, calls: int = 1) -> bool:
        """Count a call; False: there is none left."""
        if self.used(now) + calls > self.most:
            return False
        self._hours[int(now // _HOUR_S)] += calls
        return True

    def spend(self, now: float, calls: int) -> None:
        """Others used so many."""
        self._hours[int(now // _HOUR_S)] += calls

    def forget(self) -> None:
        """As if nobody had called."""
        self._hours.clear()

    def header(self, now: float) -> dict[str, str]:
        """What stands on every answer."""
        return {"Sforce-Limit-Info": f"api-usage={self.used(now)}/{self.most}"}
