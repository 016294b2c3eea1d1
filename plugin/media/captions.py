"""One WebVTT file for the whole video: what is said, and first of all that a machine says it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.media.timeline import Cue, Timeline

_NOTICE_S = 3.0
_NOTICE = {
    "en": "The voice in this video is synthetic, made with AI.",
    "es": "La voz de este vídeo es sintética, creada con IA.",
}
_AT_THE_TOP = "line:5% position:50% align:center"


def captions(timeline: Timeline, language: str) -> str:
    """WebVTT (W3C) in seconds of the assembled video; a synthetic voice is named in the first 3 s.

    `language` is the video's (BCP 47); a language without its own words for the notice gets English ones.
    """
    blocks = ["WEBVTT"]
    if any(clip.ai.voice_synthetic for clip in timeline.clips):
        notice = _NOTICE.get(language.partition("-")[0].lower(), _NOTICE["en"])
        blocks.append(_block(Cue(0.0, min(_NOTICE_S, timeline.duration_s), notice), _AT_THE_TOP))
    blocks += [_block(cue, "") for cue in stitched(timeline)]
    return "\n\n".join(blocks) + "\n"


def stitched(timeline: Timeline) -> Iterator[Cue]:
    """Every spoken line in order, each held within its clip."""
    for clip, start_s in zip(timeline.clips, timeline.starts_s, strict=True):
        for cue in clip.cues:
            yield Cue(start_s + cue.start_s, start_s + min(cue.end_s, clip.duration_s), cue.text)


def escape(text: str) -> str:
    """Cue text that can't end its cue nor be taken for a tag or a timing (WebVTT, 4.2.2)."""
    plain = " ".join(text.replace("\x00", "").split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clock_time(seconds: float) -> str:
    """`hh:mm:ss.mmm`."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _block(cue: Cue, settings: str) -> str:
    timing = f"{clock_time(cue.start_s)} --> {clock_time(cue.end_s)} {settings}".rstrip()
    return f"{timing}\n{escape(cue.text)}"
