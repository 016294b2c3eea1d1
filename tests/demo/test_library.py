"""The demo's clips are small, whole, and fit together however they're chosen."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from demo.load import HERE, LIBRARY
from plugin.campaigns.combine import combinations, groups
from plugin.campaigns.lint_quality import joins
from plugin.campaigns.parse import parse
from plugin.campaigns.storyboard import NumberOverlay, Storyboard, TextOverlay
from plugin.media.library import MANIFEST, Package, read_package
from plugin.media.quality.check import check_package
from plugin.media.quality.records import Standing, reports_in
from plugin.media.quality.report import Verdict
from plugin.media.quality.thresholds import RULES
from plugin.media.timeline import FRAME_RATE, GRID_FRAMES

CLIPS = sorted(path.parent.name for path in LIBRARY.glob(f"*/{MANIFEST}"))


@pytest.fixture(scope="module")
def library() -> dict[str, Package]:
    """Reading a package checks its hashes, sizes and the clip contract."""
    return {name: read_package(LIBRARY / name) for name in CLIPS}


@pytest.fixture(scope="module")
def storyboard() -> Storyboard:
    return parse(json.loads((HERE / "storyboard.json").read_text("utf-8")))


def test_the_library_is_no_larger_than_20_mb() -> None:
    size = sum(path.stat().st_size for path in LIBRARY.rglob("*") if path.is_file())

    assert size <= 20_000_000


def test_every_clip_the_storyboard_names_is_there_and_no_other(storyboard: Storyboard) -> None:
    named = {clip for scene in storyboard.scenes for choice in scene.choices for clip in choice.clips.values()}

    assert named == set(CLIPS)
    assert len(CLIPS) >= 8


def test_every_clip_keeps_the_contract(library: dict[str, Package]) -> None:
    for package in library.values():
        manifest = package.manifest

        assert manifest.frames % GRID_FRAMES == 0
        assert [file.name for file in manifest.renditions] == ["360p", "720p", "1080p"]
        assert abs(manifest.loudness_lufs + 16) < 1
        assert manifest.name == package.folder.name


def test_each_rendition_has_one_init_in_all_clips(library: dict[str, Package]) -> None:
    inits = {(file.name, file.init_sha256) for package in library.values() for file in package.manifest.renditions}

    assert len(inits) == 3


def test_every_clip_tells_that_its_voice_is_synthetic_in_its_own_language(library: dict[str, Package]) -> None:
    notes = {"en": "Synthetic voice", "es": "Voz sintética"}

    for package in library.values():
        assert package.manifest.voice_synthetic
        assert package.manifest.ai_role == "modified"
        assert package.manifest.ai_note == notes[package.manifest.language]


def test_captions_follow_one_another_within_their_clip(library: dict[str, Package]) -> None:
    for package in library.values():
        cues = package.manifest.cues

        assert cues[0].start_s >= 0.4
        assert cues[-1].end_s <= package.manifest.frames / FRAME_RATE - 0.6
        assert all(one.end_s <= other.start_s for one, other in pairwise(cues))


def test_every_clip_ships_with_a_report_by_the_present_rules_that_found_nothing(library: dict[str, Package]) -> None:
    reports = reports_in(LIBRARY)

    for package in library.values():
        report = reports[package.manifest.content_sha256]
        assert (report.name, report.rules, report.verdict) == (package.manifest.name, RULES, Verdict.PASS)


def test_a_report_says_what_looking_again_says(library: dict[str, Package]) -> None:
    package = library["close-en"]
    shipped = reports_in(LIBRARY)[package.manifest.content_sha256]

    again = check_package(package.folder, package.manifest, transcript="")

    assert again.findings == shipped.findings
    assert again.measured == pytest.approx(shipped.measured, abs=0.05)


def test_every_joint_somebody_can_get_is_clean(storyboard: Storyboard, library: dict[str, Package]) -> None:
    reports = reports_in(LIBRARY)
    standings = {name: Standing(reports[package.manifest.content_sha256], {}) for name, package in library.items()}

    found = joins(storyboard, standings)

    assert len(found) == 26
    assert not any(found.values())


def test_a_clip_is_as_long_in_every_language(library: dict[str, Package]) -> None:
    for name, package in library.items():
        assert package.manifest.frames == library[name[:-2] + "en"].manifest.frames


def test_every_video_somebody_can_get_lasts_35_to_48_seconds(
    storyboard: Storyboard, library: dict[str, Package]
) -> None:
    found = list(combinations(groups(storyboard)))

    assert len(found) >= 4
    for language in storyboard.languages:
        for choices in found:
            frames = sum(library[choice.clips[language]].manifest.frames for choice in choices)
            assert 35 <= frames / FRAME_RATE <= 48


def test_overlays_are_gone_before_the_scenery_moves_on(storyboard: Storyboard, library: dict[str, Package]) -> None:
    for scene in storyboard.scenes[:-1]:
        for choice in scene.choices:
            length = library[choice.clips["en"]].manifest.frames / FRAME_RATE
            for overlay in (*scene.overlays, *choice.overlays):
                assert overlay.from_s < overlay.to_s <= length - 0.6


def test_overlays_lie_within_the_picture_and_above_the_captions(storyboard: Storyboard) -> None:
    for scene in storyboard.scenes:
        for overlay in (*scene.overlays, *(each for choice in scene.choices for each in choice.overlays)):
            assert isinstance(overlay, TextOverlay | NumberOverlay)
            assert overlay.box.x + overlay.box.width <= 0.95
            assert overlay.box.y >= 0.08
            assert overlay.box.y + overlay.box.height <= 0.72
