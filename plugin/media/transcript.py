"""What is said in a clip, as timed lines: read from WebVTT, or plain text spread over the speech. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import accumulate

from plugin.kernel.errors import BadInput
from plugin.media.timeline import Cue

MAX_CHARACTERS = 100_000
_LINE = 80
_TIMING = re.compile(
    r"^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})(?:\s|$)"
)
_TAG = re.compile(r"<[^<>]*>")
_SENTENCE = re.compile(r"(?<=[.!?…。！？؟])\s+|\n+")


def decode_text(data: bytes) -> str:
    """UTF-8 text of a sane size, or `BadInput`."""
    if len(data) > 4 * MAX_CHARACTERS:
        raise BadInput(f"the transcript is {len(data)} bytes long; at most {4 * MAX_CHARACTERS}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("the transcript is not UTF-8 text") from None
    if "\x00" in text:
        raise BadInput("the transcript is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_vtt(text: str) -> bool:
    """Whether it opens as WebVTT does."""
    return re.match(r"WEBVTT(?:[ \t\n]|$)", text) is not None


def cues_from_vtt(text: str, duration_s: float) -> tuple[Cue, ...]:
    """The cues of a WebVTT file (W3C WebVTT, 4.1) as plain text, held within the clip; raises `BadInput` by line."""
    if not is_vtt(text):
        raise BadInput("the transcript lacks its first line: WEBVTT")
    cues: list[Cue] = []
    lines = text.split("\n")
    at = 1
    while at < len(lines):
        if "-->" not in lines[at]:
            at += 1
            continue
        start, end = _timing(lines[at], at + 1)
        words: list[str] = []
        at += 1
        while at < len(lines) and lines[at].strip():
            words.append(lines[at])
            at += 1
        said = " ".join(html.unescape(_TAG.sub("", " ".join(words))).split())
        if said and start < duration_s:
            cues.append(Cue(start, min(end, duration_s), said))
    return tuple(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s)))


def cues_from_text(text: str, spoken: Sequence[tuple[float, float]], duration_s: float) -> tuple[Cue, ...]:
    """Sentences laid over the spoken spans in proportion to their length; over the whole clip when it is silent."""
    parts = [piece for sentence in _SENTENCE.split(text) if sentence.strip() for piece in _pieces(sentence)]
    if not parts:
        return ()
    spans = list(spoken) or [(0.0, duration_s)]
    total = sum(end - start for start, end in spans)
    ends = list(accumulate(len(part) for part in parts))
    marks = [0.0, *(total * end / ends[-1] for end in ends)]
    return tuple(
        Cue(round(_at(spans, marks[i], opening=True), 3), round(_at(spans, marks[i + 1], opening=False), 3), part)
        for i, part in enumerate(parts)
    )


def _timing(line: str, number: int) -> tuple[float, float]:
    found = _TIMING.match(line.strip())
    if not found:
        raise BadInput(f"transcript line {number} is not a cue timing: {line.strip()[:60]}")
    h1, m1, s1, f1, h2, m2, s2, f2 = (int(part or 0) for part in found.groups())
    start, end = h1 * 3600 + m1 * 60 + s1 + f1 / 1000, h2 * 3600 + m2 * 60 + s2 + f2 / 1000
    if end <= start:
        raise BadInput(f"transcript line {number} ends before it starts")
    return start, end


def _pieces(sentence: str) -> list[str]:
    """A sentence cut at spaces into lines short enough to read."""
    words, out = sentence.split(), [""]
    for word in words:
        if out[-1] and len(out[-1]) + 1 + len(word) > _LINE:
            out.append("")
        out[-1] = f"{out[-1]} {word}".strip()
    return out


def _at(spans: Sequence[tuple[float, float]], spoken_s: float, *, opening: bool) -> float:
    """The clip time after this much speech; at a pause, its end when a line opens and its start when one closes."""
    for start, end in spans:
        length = end - start
        if spoken_s < length - 1e-6 or (not opening and spoken_s <= length + 1e-6):
            return start + spoken_s
        spoken_s -= length
    return spans[-1][1]
