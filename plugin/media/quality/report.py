"""What was found in one clip: values, as they stand in the database, in JSON and on the page."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from plugin.media.quality.thresholds import CHECKS, RULES


class Verdict(StrEnum):
    """What becomes of a clip: usable, to be looked at by a person, or not to be used."""

    PASS = "pass"  # noqa: S105 - no password
    LOOK = "look"
    FAIL = "fail"


_WEIGHT = {Verdict.PASS: 0, Verdict.LOOK: 1, Verdict.FAIL: 2}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of them; `pass` when there are none."""
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.PASS)


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Value):
    """One thing found, where it is, and how much of it there is."""

    kind: str
    verdict: Verdict
    text: str = Field(max_length=2000)
    """A sentence for whoever has to mend it."""
    value: float
    """In the unit of its check."""
    start_s: float | None = None
    end_s: float | None = None
    """Seconds of the clip; None: it is about the whole."""
    in_source: bool = False
    """Found in the file the clip was made of, where alone it can be seen."""


CELLS = (32, 18)
"""Across and down, of an edge's picture and of the places that may flash."""
PARTS = 5
"""Into which the second next to an edge is cut, so that one second can be laid over a joint."""


def _cells(picture: str) -> str:
    if len(b64decode(picture, validate=True)) != 3 * CELLS[0] * CELLS[1]:
        raise ValueError("an edge's picture has 32 × 18 cells of three bytes")
    return picture


def _packed(changes: str) -> str:
    size = PARTS * CELLS[0] * CELLS[1]
    try:
        counts = (
            zlib.decompressobj().decompress(b64decode(changes, validate=True), size + 1) if changes else bytes(size)
        )
    except zlib.error:
        raise ValueError("an edge's changes are packed otherwise") from None
    if len(counts) != size:
        raise ValueError("an edge's changes are five times 32 × 18 counts")
    return changes


class Edge(_Value):
    """What a clip looks and sounds like where another joins it."""

    picture: Annotated[str, AfterValidator(_cells)]
    """32 × 18 cells of red, green and blue, row by row, base64."""
    black_s: float
    still_s: float
    """How long it has been black, or has stood still, from the edge inwards."""
    loudness_lufs: float | None
    """Short-term (3 s); None: too short or silent."""
    changes: Annotated[str, Field(max_length=8000), AfterValidator(_packed)] = ""
    """How often each cell changed its brightness in each fifth of the second next to the edge, nearest first."""


class Edges(_Value):
    """Both ends of a clip: all that joints are worked out from."""

    head: Edge
    tail: Edge


class Frame(_Value):
    """One picture one can see, as a `data:` address."""

    at_s: float
    image: str


_Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Report(_Value):
    """All about one clip, or one file that may become one."""

    format: int = Field(default=1, ge=1, le=1)
    rules: int = RULES
    name: str
    content_sha256: _Sha
    """Of the clip as it is packaged; of a file, its bytes. What was said of other bytes doesn't count."""
    duration_s: float
    width: int
    height: int
    presenter: bool = False
    findings: tuple[Finding, ...] = ()
    measured: dict[str, float] = {}
    """Figures worth knowing even where nothing is wrong, by the kind of check they belong to."""
    unchecked: tuple[str, ...] = ()
    """What couldn't be looked at, in sentences."""
    edges: Edges | None = None
    frames: tuple[Frame, ...] = ()
    """Left out of the database."""

    @property
    def verdict(self) -> Verdict:
        """Of all findings together; what couldn't be looked at, a person has to."""
        return worst([*(finding.verdict for finding in self.findings), *(Verdict.LOOK for _ in self.unchecked)])

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        """The findings of that weight."""
        return tuple(finding for finding in self.findings if finding.verdict == verdict)


def clock(seconds: float) -> str:
    """`mm:ss.cc` of the clip."""
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def judge(kind: str, value: float) -> Verdict:
    """What a measured value means by its check's limits."""
    check = CHECKS[kind]
    for limit, verdict in ((check.fail, Verdict.FAIL), (check.look, Verdict.LOOK)):
        if limit is not None and (value >= limit if check.high_is_bad else value <= limit):
            return verdict
    return Verdict.PASS


def found(
    kind: str,
    value: float,
    text: str,
    start_s: float | None = None,
    end_s: float | None = None,
    *,
    in_source: bool = False,
    no_worse_than: Verdict = Verdict.FAIL,
) -> list[Finding]:
    """The finding, when the value is past a limit; `no_worse_than` holds it to a milder verdict."""
    verdict = judge(kind, value)
    if verdict == Verdict.PASS:
        return []
    verdict = min(verdict, no_worse_than, key=_WEIGHT.__getitem__)
    start, end = (None if at is None else round(at, 3) for at in (start_s, end_s))
    finding = Finding(
        kind=kind,
        verdict=verdict,
        text=text[:2000],
        value=round(value, 4),
        start_s=start,
        end_s=end,
        in_source=in_source,
    )
    return [finding]
