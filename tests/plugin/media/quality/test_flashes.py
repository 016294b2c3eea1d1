"""Flashes are counted place by place, as WCAG defines them, and over joints."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.media.quality.flashes import Flashes, over_joint
from plugin.media.quality.frames import Picture
from plugin.media.quality.report import Verdict

LIGHT, DARK = 200, 60
Cells = tuple[slice, slice]
WHOLE: Cells = (slice(None), slice(None))


def _watch(levels: list[int], cells: Cells = WHOLE, ground: int = 120) -> Flashes:
    flashes = Flashes()
    for number, level in enumerate(levels):
        luma = np.full((180, 320), ground, np.uint8)
        luma[cells] = level
        flashes.add(Picture(number / 25, luma, luma, 16, 235, None))
    return flashes


def _square(hertz: float, seconds: float = 2.0, high: int = LIGHT, low: int = DARK) -> list[int]:
    return [high if int(number / 25 * hertz * 2) % 2 else low for number in range(round(seconds * 25))]


def _verdict(flashes: Flashes) -> Verdict:
    return flashes.findings()[0].verdict if flashes.findings() else Verdict.PASS


@pytest.mark.parametrize(
    ("hertz", "verdict"),
    [(1, Verdict.PASS), (2, Verdict.PASS), (3, Verdict.LOOK), (4, Verdict.FAIL), (12.5, Verdict.FAIL)],
)
def test_more_than_three_flashes_a_second_fail(hertz: float, verdict: Verdict) -> None:
    assert _verdict(_watch(_square(hertz))) == verdict


def test_small_changes_of_light_are_none() -> None:
    assert _verdict(_watch(_square(8, high=128, low=120))) == Verdict.PASS


def test_what_stays_bright_is_none() -> None:
    # WCAG: the darker side lies under 80 % of full light.
    assert _verdict(_watch(_square(8, high=235, low=220))) == Verdict.PASS


def test_a_small_place_is_none_and_a_quarter_of_ten_degrees_is_one() -> None:
    corner, part = (slice(0, 30), slice(0, 40)), (slice(0, 60), slice(0, 80))

    assert _verdict(_watch(_square(8), corner)) == Verdict.PASS
    assert _verdict(_watch(_square(8), part)) == Verdict.FAIL


def test_a_slow_fade_there_and_back_is_no_flash() -> None:
    ramp = [*range(40, 220, 4), *range(220, 40, -4)]

    assert _verdict(_watch(ramp)) == Verdict.PASS


def _over(before: Flashes, seconds: float, after: Flashes, *, last: float = 0.2, first: float = 0.2) -> int:
    ends, begins = (np.full((18, 32), value, np.float32) for value in (last, first))
    return over_joint(before.tail(seconds), after.head(), ends, begins)


def test_two_clips_that_each_may_flash_may_not_follow_each_other() -> None:
    quiet, busy = [120] * 25, _square(4, 0.5)
    before, after = _watch([*quiet, *busy]), _watch([*busy, *quiet])

    assert _verdict(before) == _verdict(after) == Verdict.PASS
    assert _over(before, 1.5, after) >= 7


def test_a_cut_to_another_light_counts_once() -> None:
    still = _watch([120] * 30)

    assert _over(still, 1.2, still) == 0
    assert _over(still, 1.2, still, last=0.1, first=0.7) == 1
    assert _over(still, 1.2, still, last=0.7, first=0.1) == 1


def test_changes_more_than_a_second_apart_are_not_added_up() -> None:
    busy, quiet = _square(4, 0.5), [120] * 25
    before, after = _watch([*busy, *quiet[:20]]), _watch([*quiet[:20], *busy])

    assert _over(before, 1.3, after) <= 4
