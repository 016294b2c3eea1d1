"""Where one clip follows another: worked out from both ends alone."""

from __future__ import annotations

from base64 import b64encode

import numpy as np
import pytest
from pydantic import ValidationError

from plugin.media.quality.joins import join_findings
from plugin.media.quality.report import Edge, Edges, Finding, Verdict

PLACE = np.random.default_rng(3).integers(70, 120, (18, 32, 3)).astype(np.uint8)


def _edges(picture: np.ndarray = PLACE, **given: object) -> Edges:
    edge = Edge(
        picture=b64encode(picture.tobytes()).decode(),
        **{"black_s": 0.0, "still_s": 0.0, "loudness_lufs": -17.0, **given},  # type: ignore[arg-type]
    )
    return Edges(head=edge, tail=edge)


def _found(before: Edges, after: Edges) -> list[Finding]:
    return join_findings(before, after)


def test_ends_that_are_alike_raise_nothing() -> None:
    assert _found(_edges(), _edges()) == []


@pytest.mark.parametrize(("louder", "kinds"), [(2.0, []), (6.0, ["join_loudness"]), (-6.0, ["join_loudness"])])
def test_a_step_of_loudness_is_looked_at(louder: float, kinds: list[str]) -> None:
    assert [finding.kind for finding in _found(_edges(), _edges(loudness_lufs=-17 + louder))] == kinds


def test_silence_has_no_step() -> None:
    assert _found(_edges(loudness_lufs=None), _edges()) == []


def test_black_on_both_sides_adds_up() -> None:
    dark = np.zeros_like(PLACE)

    (short,) = _found(_edges(dark, black_s=0.2), _edges(dark, black_s=0.2))
    (long,) = _found(_edges(dark, black_s=1.2), _edges(dark, black_s=1.0))

    assert (short.kind, short.verdict) == ("join_black", Verdict.LOOK)
    assert (long.kind, long.verdict) == ("join_black", Verdict.FAIL)


def test_a_picture_that_stands_on_both_sides_is_frozen_only_when_it_is_the_same() -> None:
    other = PLACE + np.uint8(12)

    assert [finding.kind for finding in _found(_edges(still_s=1.2), _edges(still_s=1.0))] == ["join_freeze"]
    assert _found(_edges(still_s=1.2), _edges(other, still_s=1.0)) == []
    assert _found(_edges(still_s=1.2), _edges()) == []


def test_a_hard_cut_of_colour_is_looked_at() -> None:
    red, blue = (np.full_like(PLACE, 0) for _ in range(2))
    red[..., 0], blue[..., 2] = 220, 60

    assert "join_colour" in {finding.kind for finding in _found(_edges(red), _edges(blue))}


@pytest.mark.parametrize("given", [{"picture": "AAAA"}, {"picture": "not base64!"}, {"changes": "eJwDAAAAAAE="}])
def test_an_edge_that_can_t_be_one_is_refused_at_the_door(given: dict[str, str]) -> None:
    whole = _edges().head.model_dump()

    with pytest.raises(ValidationError):
        Edge.model_validate({**whole, **given})
