"""Words with and without times become cues."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from plugin.kernel.errors import BadInput
from plugin.media.timeline import Cue
from plugin.media.transcript import cues_from_text, cues_from_vtt, decode_text

VTT = """WEBVTT - a title

NOTE who speaks
and more

STYLE
::cue { color: red }

intro
00:00.500 --> 00:02.000 line:0
<v Ana>Hello &amp; <b>welcome</b>
back

01:00:01.000 --> 01:00:02.000
Long after the end

00:02.000 --> 00:09.500
Bye &lt;3
"""


def test_a_vtt_is_read_as_plain_lines_held_within_the_clip() -> None:
    assert cues_from_vtt(VTT, 4.16) == (Cue(0.5, 2.0, "Hello & welcome back"), Cue(2.0, 4.16, "Bye <3"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hello", "WEBVTT"),
        ("WEBVTT\n\n0.5 --> 2.0\nHi", "line 3 is not a cue timing"),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\nHi", "line 3 ends before it starts"),
    ],
)
def test_a_broken_vtt_is_refused_by_line(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        cues_from_vtt(text, 5)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a\x00b", b"x" * 500_000])
def test_only_text_of_sane_size_is_read(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_text(data)


def test_sentences_take_time_by_their_length_and_skip_pauses() -> None:
    cues = cues_from_text("Twelve signs. Twelve signs! ", [(1.0, 2.0), (3.0, 4.0)], 5.0)

    assert [(cue.start_s, cue.end_s) for cue in cues] == [pytest.approx((1, 2)), pytest.approx((3, 4))]


def test_a_silent_clip_shows_its_words_all_along() -> None:
    assert cues_from_text("Read me.", [], 2.24) == (Cue(0.0, 2.24, "Read me."),)


def test_no_words_no_cues() -> None:
    assert cues_from_text(" \n ", [(0, 1)], 1) == ()


def test_a_file_of_open_tags_takes_no_longer_than_any_other() -> None:
    cues = cues_from_vtt("WEBVTT\n\n00:00.000 --> 00:02.000\n" + "<" * 300_000, 4)

    assert len(cues) == 1


@given(text=st.text(min_size=1, max_size=400))
def test_any_text_gives_ordered_cues_within_the_clip(text: str) -> None:
    cues = cues_from_text(text, [(0.5, 1.5), (2.0, 6.0)], 8.0)

    times = [time for cue in cues for time in (cue.start_s, cue.end_s)]
    assert times == sorted(times)
    assert all(0.5 <= time <= 6.0 for time in times)
    assert "".join("".join(cue.text.split()) for cue in cues) == "".join(text.split())
