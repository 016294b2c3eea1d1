"""A storyboard from JSON that anyone may have written: typed, or refused with the path of every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from plugin.campaigns.storyboard import Storyboard
from plugin.kernel.errors import BadInput

_RULE_KINDS = {"all", "any", "not", "compare"}
_OVERLAY_KINDS = {"text", "number"}
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
        raise StoryboardRefused(
            [Defect(path_of(_without_tags(fault["loc"])), _plain(fault["msg"])) for fault in _own_faults(error)]
        ) from None


def path_of(parts: Sequence[int | str]) -> str:
    """`("scenes", 2, "title", "es")` → `scenes[2].title.es`; the document itself is `$`."""
    out = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return out.removeprefix(".") or "$"


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


def _without_tags(parts: Sequence[int | str]) -> list[int | str]:
    """Pydantic names the union's member it tried; the document has no such level.

    A tag follows `when`, `not`, or an index into `all`, `any` or `overlays`.
    """
    out: list[int | str] = []
    for part in parts:
        in_rule = out and (out[-1] in {"when", "not"} or (isinstance(out[-1], int) and out[-2] in {"all", "any"}))
        in_overlay = len(out) > 1 and isinstance(out[-1], int) and out[-2] == "overlays"
        if (in_rule and part in _RULE_KINDS) or (in_overlay and part in _OVERLAY_KINDS):
            # `all.all` is the tag and then the key.
            out.append("")
            continue
        out.append(part)
    return [part for part in out if part != ""]


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
