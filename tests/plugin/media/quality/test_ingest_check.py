"""Every clip is looked at when it is made; what only its source shows is kept for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.media import library
from plugin.media.quality.check import check_clip
from plugin.media.quality.records import hand_out, reports_in, standing_of
from plugin.media.quality.report import Report, Verdict
from tests.plugin.media.conftest import Studio
from tests.plugin.media.quality.planted import Film, clipped, interlaced, moving, voice


def _standing(studio: Studio, name: str) -> Report:
    with studio.database.reading() as session:
        report = standing_of(session, library.clip_named(session, name)).report
    assert report is not None
    return report


def _kinds(report: Report, *, in_source: bool) -> set[str]:
    return {finding.kind for finding in report.findings if finding.in_source == in_source}


def test_a_good_film_becomes_a_clip_that_passes(studio: Studio, clean_film: Path) -> None:
    made = studio.ingest(clean_film, "good")

    report = _standing(studio, "good")
    assert made.verdict == Verdict.PASS
    assert report.findings == ()
    assert report.edges is not None
    assert report.measured["loudness"] == pytest.approx(-16, abs=0.3)


def test_what_levelling_and_scaling_hide_is_found_in_the_source_and_kept(studio: Studio, tmp_path: Path) -> None:
    # 480 lines become 360, and two fields become mush; full scale becomes −16 LUFS.
    film = Film(interlaced, clipped, size=(854, 480)).write(tmp_path / "old.mkv")
    made = studio.ingest(film, "old")

    again = check_clip(studio.database, studio.store, "old")

    assert made.verdict == Verdict.FAIL
    assert _kinds(_standing(studio, "old"), in_source=True) == {"interlace", "clipping"}
    assert _kinds(again, in_source=True) == {"interlace", "clipping"}


def test_a_caption_that_ingest_cuts_off_is_told_and_kept(studio: Studio, small_film: Path) -> None:
    words = "WEBVTT\n\n00:00.200 --> 00:01.800\nHello.\n\n00:02.000 --> 00:09.000\nAnd so on.\n"
    studio.ingest(small_film, "cut", transcript=words)

    check_clip(studio.database, studio.store, "cut")

    (finding,) = [finding for finding in _standing(studio, "cut").findings if finding.kind == "caption_outside"]
    assert finding.verdict == Verdict.FAIL
    assert "ends at 00:02.56" in finding.text


def test_what_a_script_brings_up_is_told_and_not_kept(studio: Studio, small_film: Path) -> None:
    studio.ingest(small_film, "said", transcript="Hello there.")

    told = check_clip(studio.database, studio.store, "said", script="Hello there, everybody.")

    assert "caption_words" in {finding.kind for finding in told.findings}
    assert "caption_words" not in {finding.kind for finding in _standing(studio, "said").findings}


def test_a_promised_presenter_is_looked_for_at_every_check(studio: Studio, small_film: Path) -> None:
    made = studio.ingest(small_film, "alone", presenter=True)

    assert made.verdict == Verdict.FAIL
    assert check_clip(studio.database, studio.store, "alone").presenter
    assert _kinds(_standing(studio, "alone"), in_source=False) == {"presenter_absent", "resolution"}


def test_a_report_goes_out_with_its_package(studio: Studio, small_film: Path, tmp_path: Path) -> None:
    studio.ingest(small_film, "good")

    with studio.database.reading() as session:
        hand_out(session, library.export(session, studio.store, ["good"], tmp_path / "out"))

    (report,) = reports_in(tmp_path / "out").values()
    assert report == _standing(studio, "good")
    assert library.read_package(tmp_path / "out" / "good").manifest.content_sha256 == report.content_sha256


def test_speech_is_found_though_nobody_timed_the_words(studio: Studio, tmp_path: Path) -> None:
    film = Film(moving, voice, size=(640, 360)).write(tmp_path / "said.mkv")

    made = studio.ingest(film, "said", transcript="Good evening. This is it.")

    assert made.fresh
    assert _kinds(_standing(studio, "said"), in_source=False) == {"resolution"}
