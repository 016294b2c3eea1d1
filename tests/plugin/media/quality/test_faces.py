"""The presenter's face: found, measured, and never a reason to stop when it can't be looked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from plugin.media.quality import faces
from plugin.media.quality.examine import Subject, examine
from plugin.media.quality.faces import Faces
from plugin.media.quality.presenter import is_cut, is_turned
from plugin.media.quality.report import Verdict
from tests.plugin.media.quality.planted import face


@pytest.fixture(scope="module")
def looking() -> Iterator[Faces]:
    with Faces() as made:
        yield made


@pytest.mark.parametrize(
    ("name", "turned"), [("front", False), ("yaw15", False), ("yaw50", True), ("yaw-50", True), ("down30", True)]
)
def test_a_face_turned_away_is_told_from_one_that_faces_the_camera(looking: Faces, name: str, turned: bool) -> None:
    seen = looking.largest(face(name))

    assert seen is not None
    assert is_turned(seen) == turned
    assert not is_cut(seen)


def test_an_empty_room_has_no_face(looking: Faces) -> None:
    assert looking.largest(face("nobody")) is None


def test_a_face_over_the_edge_is_cut(looking: Faces) -> None:
    whole = face("front")

    seen = looking.largest(np.ascontiguousarray(whole[:, 130:]))

    assert seen is not None
    assert is_cut(seen)


@pytest.mark.parametrize("tall", [240, 180, 150])
def test_somebody_small_in_a_wide_picture_is_seen(looking: Faces, tall: int) -> None:
    wide = np.full((720, 1280, 3), 120, np.uint8)
    wide[100 : 100 + tall, 860 : 860 + tall * 4 // 3] = cv2.resize(face("front"), (tall * 4 // 3, tall))

    seen = looking.largest(wide)

    assert seen is not None
    assert 0.67 < seen.left < seen.right < 0.9
    assert not is_turned(seen)


def test_without_the_model_a_person_has_to_look(clean_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "MODEL", Path("absent.task"))

    report = examine(clean_film, Subject("clean", "0" * 64, packaged=True, presenter=True))

    assert report.verdict == Verdict.LOOK
    assert "the face model is missing" in report.unchecked[0]


def test_the_pages_never_load_what_only_checks_need() -> None:
    script = "import sys; import web.app, web.worker; print(sorted({'mediapipe', 'cv2'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
