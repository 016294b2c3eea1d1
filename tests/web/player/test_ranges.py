"""Byte ranges as RFC 9110 §14 has them, and never more than the limit."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from web.player.ranges import REPLY_LIMIT, NotSatisfiable, Part, asked_part


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", Part(0, 10)),
        ("bytes=90-", Part(90, 100)),
        ("bytes=-10", Part(90, 100)),
        ("bytes=-1000", Part(0, 100)),
        ("bytes=95-2000", Part(95, 100)),
        ("Bytes = 5 - 6", Part(5, 7)),
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str | None, expected: Part | None) -> None:
    assert asked_part(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_outside_of_the_file_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        asked_part(header, 100)


def test_nothing_of_an_empty_file_can_be_asked_for() -> None:
    with pytest.raises(NotSatisfiable):
        asked_part("bytes=0-", 0)


@given(size=st.integers(1, 10**10), header=st.text(alphabet="bytes=0123456789-, ", max_size=30))
def test_whatever_is_asked_a_part_lies_in_the_file_and_within_the_limit(size: int, header: str) -> None:
    try:
        part = asked_part(header, size)
    except NotSatisfiable:
        return

    assert part is None or (0 <= part.start < part.end <= size and part.length <= REPLY_LIMIT)
