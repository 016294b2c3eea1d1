"""A storyboard from JSON that anyone may have written: typed, or refused with the path of every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from plugin.campaigns.storyboard import Storyboard
from plugin.kernel.errors import BadInput

MAX_DEPTH = 40
"""How deep a document may nest; a storyboard needs a third of that."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a storyboard and where, such as `scenes[2].choices[0].when.field`."""

    path: str
    message: str
    warning: bool = False
    """It may be published all the same."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class StoryboardRefused(BadInput):
    """The storyboard can't be published; `defects` names each fault and its path."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects = tuple(defects)
        super().__init__("; ".join(map(str, self.defects)))


def parse(document: Mapping[str, Any] | Storyboard) -> Storyboard:
    """The document as a storyboard, or `StoryboardRefused`."""
    if isinstance(document, Storyboard):
        return document
    if _deeper_than(document, MAX_DEPTH):
        raise StoryboardRefused([Defect("$", f"nested more than {MAX_DEPTH} deep")])
    try:
        return Storyboard.model_validate(document)
    except ValidationError as error:
        raise StoryboardRefused([_defect(document, fault) for fault in _own_faults(error)]) from None


def path_of(parts: Sequence[int | str]) -> str:
    """`("scenes", 2, "title", "es")` → `scenes[2].title.es`; the document itself is `$`."""
    out = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return out.removeprefix(".") or "$"


def _defect(document: Mapping[str, Any], fault: ErrorDetails) -> Defect:
    _, place = _place(document, fault["loc"], fault["type"] == "missing")
    return Defect(path_of(place), _plain(fault["msg"]))


def _own_faults(error: ValidationError) -> list[ErrorDetails]:
    """Without the lists that are only called too short because an item in them is at fault itself."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        fault
        for fault in faults
        if fault["type"] != "too_short"
        or not any(len(other["loc"]) > len(fault["loc"]) == _shared(other["loc"], fault["loc"]) for other in faults)
    ]


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _place(node: object, parts: Sequence[int | str], missing: bool) -> tuple[bool, list[int | str]]:
    """Where a fault is in the document, and whether that is the very end of what Pydantic says.

    Pydantic also names the members of unions it tried. They aren't in the document, unless by chance there is a key of
    that name: so both are tried, and the way that leads to the end is taken.
    """
    if not parts:
        return True, []
    part, rest = parts[0], parts[1:]
    if missing and not rest:
        return True, [part]
    skipped = (bool(rest) and _place(node, rest, missing)) or (False, [])
    if not _holds(node, part):
        return skipped
    ended, way = _place(node[part], rest, missing)  # type: ignore[index]
    return max((ended, [part, *way]), skipped, key=lambda found: (found[0], len(found[1])))


def _holds(node: object, part: int | str) -> bool:
    if isinstance(node, Mapping):
        return part in node
    return isinstance(node, list | tuple) and isinstance(part, int) and part < len(node)


def _plain(message: str) -> str:
    return (
        message.removeprefix("Value error, ")
        .replace("Input should", "should")
        .replace("Extra inputs are", "extra keys are")
    )


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list | tuple)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
