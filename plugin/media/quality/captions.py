"""Captions somebody can read: in time, one after another, within the clip, and saying what the script says. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import pairwise
from unicodedata import east_asian_width

from plugin.media.contract import LOUDNESS_LUFS
from plugin.media.quality.report import Finding, clock, found
from plugin.media.quality.sound import STEP_S, Heard
from plugin.media.quality.stills import Spans
from plugin.media.quality.thresholds import SILENCE_DBFS
from plugin.media.timeline import Cue

_FIELD = re.compile(r"\{\{?([^{}]*)\}?\}|%%?\[?([A-Za-z_]{2,40})\]?%%?|\*\|([A-Za-z_]{2,40})\|\*|[{}]")
"""Braces, and how other mailers write a field: `%NAME%`, `%%name%%`, `*|NAME|*`."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SPEECH_UNDER_LU = 26.0
"""Speech is what lies less than that under the clip's loudness; 42 dB under full scale once it is levelled."""
_TOLD = 5
_MOST_WORDS = 5_000
"""As many as ten minutes hold; comparing takes their product."""


def caption_findings(
    cues: Sequence[Cue],
    duration_s: float,
    heard: Heard,
    *,
    script: str = "",
    fields: Collection[str] | None = None,
) -> list[Finding]:
    """What is past a limit. `fields` are the names a storyboard declares; None when there is no storyboard."""
    out = []
    for cue in cues:
        out += _outside(cue, duration_s)
        out += _too_fast(cue)
        out += _fields(cue, fields)
    for one, other in pairwise(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))):
        text = f"'{_short(other.text)}' begins {one.end_s - other.start_s:.2f} s before '{_short(one.text)}' ends."
        out += found("caption_overlap", round(one.end_s - other.start_s, 3), text, other.start_s, one.end_s)
    out += _off_speech(cues, heard)
    return out + (_words(cues, script) if script.strip() else [])


def characters(text: str) -> int:
    """As a reader takes them in: a Chinese, Japanese or Korean one counts as two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _outside(cue: Cue, duration_s: float) -> list[Finding]:
    text = f"'{_short(cue.text)}' stands until {clock(cue.end_s)}; the clip ends at {clock(duration_s)}."
    return found("caption_outside", round(cue.end_s - duration_s, 3), text, min(cue.start_s, duration_s), duration_s)


def _too_fast(cue: Cue) -> list[Finding]:
    lasting_s = max(cue.end_s - cue.start_s, 0.001)
    speed = characters(cue.text) / lasting_s
    text = f"'{_short(cue.text)}' stands for {lasting_s:.2f} s: {speed:.0f} characters a second."
    return found("reading_speed", speed, text, cue.start_s, cue.end_s)


def _fields(cue: Cue, fields: Collection[str] | None) -> list[Finding]:
    out = []
    for match in _FIELD.finditer(cue.text):
        name = next((group.strip() for group in match.groups() if group and group.strip()), "")
        text = f"'{_short(match[0])}' would be shown as it stands: captions are never filled in."
        if name and fields is not None and name not in fields:
            near = get_close_matches(name, fields, 1)
            text += f" And no field is named '{_short(name)}'" + (f"; did you mean '{near[0]}'?" if near else ".")
        out += found("caption_field", 1, text, cue.start_s, cue.end_s)
    return out


# -- against the sound ------------------------------------------------------------------------------


def _off_speech(cues: Iterable[Cue], heard: Heard) -> list[Finding]:
    """Captions without any sound, or that come before their speech, or stay after it."""
    spoken = spoken_in(heard)
    out = []
    for cue in cues:
        if _unheard(heard, cue):
            text = f"'{_short(cue.text)}' is spoken where there is no sound."
            out += found("unheard", cue.end_s - cue.start_s, text, cue.start_s, cue.end_s)
            continue
        if not spoken:
            continue
        before = _until_speech(spoken, cue)
        after = _since_speech(spoken, cue)
        off = max(before, after)
        text = f"'{_short(cue.text)}' " + (
            f"appears {before:.1f} s before anything is said."
            if before >= after
            else f"stays {after:.1f} s after it was said."
        )
        out += found("caption_off", round(off, 2), text, cue.start_s, cue.end_s)
    return out


def spoken_in(heard: Heard) -> list[tuple[float, float]]:
    """Spans in seconds where somebody may be speaking."""
    floor = (LOUDNESS_LUFS if heard.loudness_lufs is None else heard.loudness_lufs) - _SPEECH_UNDER_LU
    spans = Spans()
    for number, level in enumerate(heard.levels_db):
        spans.add(number * STEP_S, bool(level > floor))
    spans.end(len(heard.levels_db) * STEP_S)
    return spans.spans


def _unheard(heard: Heard, cue: Cue) -> bool:
    """Whether nothing at all is heard while the line stands."""
    first = int(cue.start_s / STEP_S)
    return bool((heard.levels_db[first : max(int(cue.end_s / STEP_S), first + 1)] < SILENCE_DBFS).all())


def _until_speech(spoken: Sequence[tuple[float, float]], cue: Cue) -> float:
    """Seconds from the caption's appearance to the first sound while it stands."""
    return next((max(0.0, min(start, cue.end_s) - cue.start_s) for start, end in spoken if end > cue.start_s), 0.0)


def _since_speech(spoken: Sequence[tuple[float, float]], cue: Cue) -> float:
    """Seconds from the last sound while it stands to its end."""
    return next(
        (max(0.0, cue.end_s - max(end, cue.start_s)) for start, end in reversed(spoken) if start < cue.end_s), 0.0
    )


# -- against the script -----------------------------------------------------------------------------


def _words(cues: Sequence[Cue], script: str) -> list[Finding]:
    """How far the captions say what the script says, and the first places where they don't."""
    wanted = [word.casefold() for word in _WORD.findall(script)][:_MOST_WORDS]
    said = [(word.casefold(), cue) for cue in cues for word in _WORD.findall(cue.text)][:_MOST_WORDS]
    if not wanted:
        return []
    matcher = SequenceMatcher(None, wanted, [word for word, _ in said], autojunk=False)
    blocks = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    agreeing = sum(block.size for block in matcher.get_matching_blocks()) / max(len(wanted), len(said))
    told = "; ".join(_difference(block, wanted, said) for block in blocks[:_TOLD])
    rest = f"; and {len(blocks) - _TOLD} more" if len(blocks) > _TOLD else ""
    first = said[min(blocks[0][3], len(said) - 1)][1] if blocks and said else None
    text = f"{agreeing:.0%} of the words agree with the script: {told}{rest}."[:2000]
    return found("caption_words", agreeing, text, first.start_s if first else None)


def _difference(block: tuple[str, int, int, int, int], wanted: list[str], said: list[tuple[str, Cue]]) -> str:
    _, a, b, c, d = block
    script, caption = " ".join(wanted[a:b]), " ".join(word for word, _ in said[c:d])
    at = f" at {clock(said[min(c, len(said) - 1)][1].start_s)}" if said else ""
    if not caption:
        return f"'{_short(script)}' is missing{at}"
    return f"'{_short(caption)}'{at} is " + (f"'{_short(script)}' in the script" if script else "not in the script")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
