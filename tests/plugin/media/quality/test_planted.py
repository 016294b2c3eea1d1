"""Every fault is found where it was planted, by its own name and no other; clean films raise nothing."""

from __future__ import annotations

from base64 import b64decode

import pytest

from plugin.media.quality.report import Verdict
from plugin.media.quality.thresholds import CHECKS
from tests.plugin.media.quality.conftest import Look
from tests.plugin.media.quality.planted import CLEAN, FAULTS

FAIL = {
    "black": "black",
    "flash": "flash",
    "flash of a third": "flash",
    "interlace": "interlace",
    "resolution": "resolution",
    "too loud": "loudness",
    "no presenter": "presenter_absent",
    "cut presenter": "presenter_cut",
    "frozen presenter": "presenter_still",
}
"""What nobody may say yes to; all else is for a person to decide."""
WHERE = {
    "a dip to black": ("black", 0.8, 1.2),
    "black": ("black", 0.24, 2.4),
    "freeze": ("freeze", 0.12, 2.48),
    "silence": ("silence", 0.3, 2.5),
}
"""When each begins and ends, to a few pictures: an encoder takes some to come to rest."""


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_film_raises_nothing(look: Look, name: str) -> None:
    report = look(name)

    assert report.findings == ()
    assert report.unchecked == ()
    assert report.verdict == Verdict.PASS


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_nothing_else(look: Look, name: str) -> None:
    report = look(name)

    assert {finding.kind for finding in report.findings} == FAULTS[name].kinds
    failed = {finding.kind for finding in report.of(Verdict.FAIL)}
    assert failed == ({FAIL[name]} if name in FAIL else set())


@pytest.mark.parametrize("name", WHERE)
def test_its_time_is_told(look: Look, name: str) -> None:
    kind, start_s, end_s = WHERE[name]

    finding = next(finding for finding in look(name).findings if finding.kind == kind)

    assert finding.start_s == pytest.approx(start_s, abs=0.25)
    assert finding.end_s == pytest.approx(end_s, abs=0.05)


@pytest.mark.parametrize(
    ("name", "kind", "seconds"), [("voice early", "sync_early", 0.2), ("voice late", "sync_late", 0.28)]
)
def test_lips_tell_to_a_picture_how_far_the_voice_is_off(look: Look, name: str, kind: str, seconds: float) -> None:
    finding = next(finding for finding in look(name).findings if finding.kind == kind)

    assert finding.value == pytest.approx(seconds, abs=0.04)


def test_a_title_in_the_dark_is_only_to_be_looked_at(look: Look) -> None:
    (finding,) = [finding for finding in look("a title in the dark").findings if finding.kind == "black"]

    assert finding.verdict == Verdict.LOOK
    assert "something small and bright" in finding.text


def test_each_finding_comes_with_a_picture_one_can_see(look: Look) -> None:
    report = look("flash of a third")

    (frame,) = report.frames
    assert b64decode(frame.image.removeprefix("data:image/jpeg;base64,")).startswith(b"\xff\xd8")
    flash = next(finding for finding in report.findings if finding.kind == "flash")
    assert flash.start_s is not None
    assert flash.end_s is not None
    assert flash.start_s <= frame.at_s <= flash.end_s


def test_every_check_of_pictures_sound_and_persons_has_a_planted_fault() -> None:
    planted = {kind for fault in FAULTS.values() for kind in fault.kinds}

    assert {kind for kind in CHECKS if not kind.startswith(("caption_", "join_"))} - planted == {
        "reading_speed",
        "unheard",
    }


def test_every_limit_names_its_source() -> None:
    for check in CHECKS.values():
        assert check.source
        assert check.says
        assert (check.look, check.fail) != (None, None)
