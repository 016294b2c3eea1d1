"""Captions of the whole video: shifted, escaped, and honest about the voice."""

from __future__ import annotations

import av
import pytest
from hypothesis import given, strategies as st

from plugin.media.captions import captions, clock_time, escape, stitched
from plugin.media.timeline import AiRole, Cue
from tests.plugin.media.parts import PEOPLE, make_assembly, make_clip

ROBOT = AiRole("modified", "Synthetic voice", True)


def _timeline(ai: AiRole = PEOPLE):
    first = make_clip(1, 104, cues=(Cue(0.5, 2.0, "Hello & <b>"), Cue(3.0, 9.0, "too long")))
    second = make_clip(2, 48, cues=(Cue(0.25, 1.0, "two\n\nlines --> here"),), ai=ai)
    return make_assembly(first, second).timeline


def test_lines_are_shifted_by_whole_pictures_and_held_in_their_clip() -> None:
    assert list(stitched(_timeline())) == [
        Cue(0.5, 2.0, "Hello & <b>"),
        Cue(3.0, 4.16, "too long"),
        Cue(4.16 + 0.25, 5.16, "two\n\nlines --> here"),
    ]


def test_nothing_in_a_line_can_end_it_or_pass_for_markup() -> None:
    text = captions(_timeline(), "en")

    assert "Hello &amp; &lt;b&gt;" in text
    assert "two lines --&gt; here" in text
    assert text.count("-->") == 3


@pytest.mark.parametrize(("language", "word"), [("en", "synthetic"), ("es-MX", "sintética"), ("fi", "synthetic")])
def test_a_synthetic_voice_is_named_in_the_first_three_seconds(language: str, word: str) -> None:
    first = captions(_timeline(ROBOT), language).split("\n\n")[1]

    assert first.startswith("00:00:00.000 --> 00:00:03.000")
    assert word in first


def test_a_person_s_voice_needs_no_notice() -> None:
    assert "synthetic" not in captions(_timeline(), "en")


def test_ffmpeg_reads_every_cue(tmp_path) -> None:
    path = tmp_path / "x.vtt"
    path.write_text(captions(_timeline(ROBOT), "en"))

    with av.open(str(path)) as file:
        read = [packet for packet in file.demux() if packet.size]

    assert len(read) == 4


@given(text=st.text())
def test_escaped_text_is_one_line_without_angles(text: str) -> None:
    assert not set(escape(text)) & set("<>\n\r\x00")


def test_times_run_past_an_hour() -> None:
    assert clock_time(3661.0405) == "01:01:01.040"
