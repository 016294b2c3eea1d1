"""Captions are readable, in time, within the clip, and say what the script says."""

from __future__ import annotations

import numpy as np
import pytest

from plugin.media.quality.captions import caption_findings, characters
from plugin.media.quality.report import Finding, Verdict
from plugin.media.quality.sound import STEP_S, Heard
from plugin.media.timeline import Cue

GOOD = (Cue(0.5, 2.5, "Good evening, and welcome."), Cue(2.7, 4.5, "This is your year."))
SCRIPT = "Good evening, and welcome! This is your year."


def _heard(*spoken: tuple[float, float], seconds: float = 6.0) -> Heard:
    """Speech at −20 dB in these spans, a faint room else."""
    levels = np.full(round(seconds / STEP_S), -55.0, np.float32)
    for start_s, end_s in spoken:
        levels[round(start_s / STEP_S) : round(end_s / STEP_S)] = -20
    return Heard(lasting_s=seconds, loudness_lufs=-16.0, levels_db=levels)


SPOKEN = _heard((0.6, 2.4), (2.8, 4.4))


def _found(*cues: Cue, heard: Heard = SPOKEN, **more: object) -> list[Finding]:
    return caption_findings(cues, 6.0, heard, **more)  # type: ignore[arg-type]


def _kinds(*cues: Cue, **more: object) -> list[str]:
    return [finding.kind for finding in _found(*cues, **more)]  # type: ignore[arg-type]


def test_good_captions_raise_nothing() -> None:
    assert _found(*GOOD, script=SCRIPT, fields=["first_name"]) == []


def test_twenty_characters_a_second_can_be_read_and_more_can_not() -> None:
    assert _kinds(Cue(0.5, 1.5, "x" * 20)) == []
    assert _kinds(Cue(0.5, 1.5, "x" * 21)) == ["reading_speed"]


def test_a_wide_character_counts_as_two() -> None:
    assert characters("año") == 3
    assert characters("ようこそ") == 8


def test_captions_over_one_another_are_looked_at_whatever_their_order() -> None:
    late, early = Cue(2.0, 4.0, "Second."), Cue(0.5, 2.4, "First.")

    (finding,) = _found(late, early)

    assert (finding.kind, finding.verdict, finding.value) == ("caption_overlap", Verdict.LOOK, 0.4)


def test_a_caption_past_the_end_fails() -> None:
    kinds = {finding.kind: finding.verdict for finding in _found(Cue(0.7, 7.0, "Good evening."))}

    assert kinds["caption_outside"] == Verdict.FAIL
    assert "caption_outside" not in _kinds(Cue(3.0, 6.03, "A hair too long is nothing."))


@pytest.mark.parametrize(
    "text", ["Hello {{first_name}}", "Hello {first_name", "Hi %FNAME%", "Hi %%name%%", "*|NAME|* hi"]
)
def test_a_field_in_a_caption_fails_however_a_mailer_would_write_it(text: str) -> None:
    (finding,) = _found(Cue(0.6, 2.4, text))

    assert (finding.kind, finding.verdict) == ("caption_field", Verdict.FAIL)


def test_a_misspelt_field_is_told_with_the_name_that_was_meant() -> None:
    (finding,) = _found(Cue(0.6, 2.4, "Hello {{frist_name}}"), fields=["first_name", "points"])

    assert "did you mean 'first_name'?" in finding.text


@pytest.mark.parametrize("text", ["100 % of it", "5% off, or 6% off", "a | b", "50 %"])
def test_percent_signs_are_no_fields(text: str) -> None:
    assert _kinds(Cue(0.6, 2.4, text)) == []


def test_a_line_spoken_where_there_is_no_sound_fails() -> None:
    silent = Heard(lasting_s=6.0, levels_db=np.full(300, -90.0, np.float32))

    (finding,) = _found(GOOD[0], heard=silent)

    assert (finding.kind, finding.verdict) == ("unheard", Verdict.FAIL)


def test_a_caption_that_comes_long_before_its_speech_or_stays_long_after_is_looked_at() -> None:
    heard = _heard((3.0, 4.0))

    early, late = _found(Cue(1.0, 4.0, "Too early by two."), Cue(3.0, 5.9, "Too late by two."), heard=heard)[1:]

    assert (early.kind, early.value) == ("caption_off", pytest.approx(2.0, abs=0.05))
    assert (late.kind, late.value) == ("caption_off", pytest.approx(1.9, abs=0.05))
    assert _kinds(Cue(2.0, 4.9, "Within a second and a half."), heard=heard) == []


def test_words_that_differ_from_the_script_are_listed_with_their_time() -> None:
    cues = (Cue(0.5, 2.5, "Good evening, and welcome."), Cue(2.7, 4.5, "This is your ear."))

    (finding,) = _found(*cues, script=SCRIPT)

    assert (finding.kind, finding.verdict) == ("caption_words", Verdict.LOOK)
    assert "'ear' at 00:02.70 is 'year' in the script" in finding.text


def test_a_sentence_the_captions_lack_is_missed() -> None:
    (finding,) = _found(*GOOD, script=f"{SCRIPT} Book now.")

    assert "'book now' is missing" in finding.text
    assert finding.value == pytest.approx(8 / 10)


def test_no_captions_at_all_agree_with_no_script() -> None:
    (finding,) = _found(script=SCRIPT)

    assert finding.value == 0
