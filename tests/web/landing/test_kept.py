"""What several threads keep together."""

from __future__ import annotations

import pytest
from cachetools import TTLCache

from web.landing.kept import Kept


def test_what_is_made_once_is_kept_until_its_time_is_over() -> None:
    now, made = [0.0], iter(["first", "second"])
    kept: Kept[str, str] = Kept(TTLCache(maxsize=8, ttl=60, timer=lambda: now[0]))

    seen = [kept.get("key", lambda: next(made)) for _ in range(2)]
    now[0] = 61

    assert seen == ["first", "first"]
    assert kept.get("key", lambda: next(made)) == "second"


def test_a_failure_is_not_kept() -> None:
    kept: Kept[str, int] = Kept({})

    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 // 0)

    assert kept.find("key") is None
