"""A storyboard goes out only with clips that are good enough, and well joined wherever somebody gets them in a row."""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from plugin.accounts.members import add_member
from plugin.campaigns.combine import combinations, groups, pairs
from plugin.campaigns.lint_quality import joins, quality_defects
from plugin.campaigns.parse import StoryboardRefused, parse
from plugin.campaigns.publish import publish
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.media.library import clip_named
from plugin.media.quality.models import ClipCheck
from plugin.media.quality.records import Standing, approve, keep
from plugin.media.quality.report import Edge, Edges, Finding, Report, Verdict
from tests.make import make_clip, make_installation, make_report
from tests.plugin.campaigns.boards import clips_for, make_board, make_choice, make_document, make_scene

DARK = Finding(
    kind="black", verdict=Verdict.FAIL, text="Nothing but black for 2.50 s.", value=2.5, start_s=0.4, end_s=2.9
)
SOFT = Finding(kind="blur", verdict=Verdict.LOOK, text="Blurred from beginning to end (0.50).", value=0.5)


def _make_clips(session: Session, **findings: tuple[Finding, ...]) -> list[str]:
    names = sorted(clips_for(parse(make_document())))
    for name in names:
        make_clip(session, name, language=name[-2:], findings=findings.get(name.replace("-", "_"), ()))
    return names


def _publish(session: Session, vault: Vault) -> None:
    publish(
        session,
        vault=vault,
        slug="your-year",
        installation_id=make_installation(session).id,
        document=make_document(),
    )


def _first(names: list[str]) -> tuple[str, str]:
    return names[0], names[0].replace("-", "_")


NAMES = sorted(clips_for(parse(make_document())))


def test_a_failed_clip_keeps_a_storyboard_from_going_out_and_says_which_and_why(
    database: Database, vault: Vault
) -> None:
    name, key = _first(NAMES)
    with database.transaction() as session:
        _make_clips(session, **{key: (DARK,)})

        with pytest.raises(StoryboardRefused) as refused:
            _publish(session, vault)

    (defect,) = refused.value.defects
    assert name in defect.message
    assert "Nothing but black for 2.50 s. (at 0.40 s)" in defect.message
    assert defect.path.startswith("scenes[")
    assert defect.path.endswith(f".clips.{name[-2:]}")


def test_a_look_waits_for_a_named_person(database: Database, vault: Vault) -> None:
    name, key = _first(NAMES)
    with database.transaction() as session:
        _make_clips(session, **{key: (SOFT,)})
        add_member(session, "anna@example.com", "a long enough password", "approver")
        with pytest.raises(StoryboardRefused, match=f"segue clip approve {name}"):
            _publish(session, vault)

        approve(session, name, by="anna@example.com", note="Meant to be soft.")

        _publish(session, vault)


def test_a_clip_nobody_looked_at_goes_nowhere(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        clip = clip_named(session, _make_clips(session)[0])
        session.delete(session.get_one(ClipCheck, clip.id))
        session.flush()

        with pytest.raises(StoryboardRefused, match=f"never checked: segue clip check {clip.name}"):
            _publish(session, vault)


def test_black_over_a_joint_refuses_and_a_step_of_loudness_only_warns(database: Database, vault: Vault) -> None:
    with database.transaction() as session:
        names = _make_clips(session)
        for name in names:
            clip = clip_named(session, name)
            edges = _edges(black_s=1.1) if name.endswith("en") else _edges(loudness_lufs=-8.0)
            keep(session, clip, make_report(clip).model_copy(update={"edges": edges}))

        with pytest.raises(StoryboardRefused) as refused:
            _publish(session, vault)

    assert {defect.path for defect in refused.value.defects} == {"scenes"}
    assert all("2.20 s of black" in defect.message for defect in refused.value.defects)


def _edges(**given: Any) -> Edges:
    picture = b64encode(np.zeros((18, 32, 3), np.uint8).tobytes()).decode()
    made = {"picture": picture, "black_s": 0.0, "still_s": 0.0, "loudness_lufs": -17.0, **given}
    return Edges(head=Edge(**made), tail=Edge(**made))


def _standings(loud: dict[str, float]) -> dict[str, Standing]:
    return {
        name: Standing(
            Report(
                name=name,
                content_sha256="0" * 64,
                duration_s=3.2,
                width=1280,
                height=720,
                edges=_edges(loudness_lufs=lufs),
            ),
            {},
        )
        for name, lufs in loud.items()
    }


def _board(*scenes: dict[str, Any]) -> Any:
    return make_board(scenes=list(scenes))


POINTS = {"field": "points", "op": "known"}
NO_POINTS = {"not": POINTS}


def _clip_pairs(board: Any) -> set[tuple[str, str]]:
    return {(one.clips["en"], other.clips["en"]) for one, other in pairs(groups(board))}


@pytest.mark.parametrize(
    "scenes",
    [
        [make_scene("a", make_choice("a1")), make_scene("b", make_choice("b1")), make_scene("c", make_choice("c1"))],
        [
            make_scene("a", make_choice("a1", POINTS), make_choice("a2")),
            make_scene("b", make_choice("b1", POINTS), make_choice("b2")),
        ],
        [
            make_scene("a", make_choice("a1")),
            make_scene("b", make_choice("b1", POINTS), optional=True),
            make_scene("c", make_choice("c1", {"field": "tier", "op": "eq", "value": "gold"}), optional=True),
            make_scene("d", make_choice("d1", NO_POINTS), make_choice("d2")),
        ],
        [
            make_scene("a", make_choice("a1", POINTS), optional=True),
            make_scene("b", make_choice("b1", NO_POINTS), optional=True),
            make_scene("c", make_choice("c1")),
        ],
    ],
)
def test_pairs_are_exactly_those_some_combination_has(scenes: list[dict[str, Any]]) -> None:
    board = _board(*scenes)

    every = {
        (one.clips["en"], other.clips["en"])
        for choices in combinations(groups(board))
        for one, other in pairwise(choices)
    }

    assert _clip_pairs(board) == every


def test_a_joint_nobody_gets_is_not_held_against_a_storyboard() -> None:
    board = _board(
        make_scene("a", make_choice("a1", POINTS), make_choice("a2")),
        make_scene("b", make_choice("b1", POINTS), make_choice("b2")),
    )
    one, two = ([choice.clips["en"] for choice in scene.choices] for scene in board.scenes)
    loud = {one[0]: -17.0, two[0]: -17.0, one[1]: -9.0, two[1]: -9.0}

    found = joins(board, _standings(loud))

    assert {names: len(findings) for names, findings in found.items()} == {(one[0], two[0]): 0, (one[1], two[1]): 0}


def test_a_step_of_loudness_is_a_warning_that_names_both_clips() -> None:
    board = _board(make_scene("a", make_choice("a1")), make_scene("b", make_choice("b1")))
    one, two = (scene.choices[0].clips["en"] for scene in board.scenes)

    (defect,) = quality_defects(board, _standings({one: -20.0, two: -12.0}))

    assert defect.warning
    assert defect.message == f"where {two!r} follows {one!r}: The sound gets 8.0 LU louder at once."
