"""Filling calls: as few as can be, each contact's events in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def pack(groups: Iterable[Sequence[T]], most: int) -> list[list[list[T]]]:
    """Waves of batches of at most `most` each. A group stays in one batch, so that batches of a wave may go at once.

    A group larger than a batch is cut, and its pieces go in waves one after the other.
    """
    waves: list[list[list[T]]] = []
    for group in groups:
        for number, start in enumerate(range(0, len(group), most)):
            if number == len(waves):
                waves.append([])
            _put(waves[number], group[start : start + most], most)
    return waves


def _put(batches: list[list[T]], piece: Sequence[T], most: int) -> None:
    for batch in batches:
        if len(batch) + len(piece) <= most:
            batch.extend(piece)
            return
    batches.append(list(piece))
