"""One film through every check: the cheap pass, the captions, the closer look, and the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugin.media.library import sha256_of
from plugin.media.probe import probe
from plugin.media.quality.captions import caption_findings, spoken_in
from plugin.media.quality.cheap import Progress, Seen, cheap_pass
from plugin.media.quality.deep import deep_pass
from plugin.media.quality.faces import Faces
from plugin.media.quality.report import Finding, Report, Verdict, worst
from plugin.media.timeline import Cue
from plugin.media.transcript import cues_from_text, cues_from_vtt, is_vtt

_MOST = 30
"""Findings of one kind that are told; a film can have thousands."""
_ENDLESS_S = 1e9


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a film before anyone looks at it."""

    name: str
    content_sha256: str
    packaged: bool
    """A rendition of a clip; a source otherwise."""
    cues: tuple[Cue, ...] = ()
    transcript: str = ""
    """Of a source: WebVTT, or words without times."""
    presenter: bool = False
    script: str = ""
    """What should be said, to hold the captions to."""
    fields: Collection[str] | None = None
    """The names a storyboard declares."""
    from_source: tuple[Finding, ...] = ()
    """What was found in the file a clip was made of."""


def examine(
    path: Path, subject: Subject, *, show: bool = False, progress: Progress = lambda step, done: None
) -> Report:
    """The report on one film; with `show`, pictures of what was found are in it.

    Headers are read first and hold every size: what can't be a clip is refused, `BadInput`, before a picture is
    decoded, and what turns out to be absurd at the latest after `contract.MAX_WORK` pixels.
    """
    facts = probe(path)
    with Faces() as faces:
        seen = cheap_pass(
            path, facts, packaged=subject.packaged, faces=faces if subject.presenter else None, progress=progress
        )
    progress("captions", 0.0)
    cues = _cues(subject, seen)
    told = _few([*seen.findings, *_caption_findings(subject, cues, seen), *_known_before(subject, seen)])
    findings, frames = deep_pass(
        path,
        facts,
        told,
        seen.duration_s,
        packaged=subject.packaged,
        show=show,
        progress=lambda done: progress("closer", done),
    )
    progress("closer", 1.0)
    return Report(
        name=subject.name,
        content_sha256=subject.content_sha256,
        duration_s=seen.duration_s,
        width=facts.width,
        height=facts.height,
        presenter=subject.presenter,
        findings=tuple(sorted(findings, key=lambda finding: (finding.start_s or 0.0, finding.kind))),
        measured=seen.measured,
        unchecked=seen.unchecked,
        edges=seen.edges,
        frames=frames,
    )


def examine_file(
    path: Path,
    *,
    transcript: str = "",
    script: str = "",
    presenter: bool = False,
    fields: Collection[str] | None = None,
    show: bool = False,
    progress: Progress = lambda step, done: None,
) -> Report:
    """The report on a file that may become a clip."""
    probe(path)  # first of all: what won't do is refused before its bytes are hashed
    subject = Subject(
        path.name,
        sha256_of(path),
        packaged=False,
        transcript=transcript,
        presenter=presenter,
        script=script,
        fields=fields,
    )
    return examine(path, subject, show=show, progress=progress)


def transcript_cues(transcript: str) -> tuple[Cue, ...]:
    """The captions as their author timed them, also those outside the clip; none when they have no times."""
    return cues_from_vtt(transcript, _ENDLESS_S) if is_vtt(transcript) else ()


def _caption_findings(subject: Subject, cues: Sequence[Cue], seen: Seen) -> list[Finding]:
    """What is wrong with the captions."""
    return caption_findings(cues, seen.duration_s, seen.heard, script=subject.script, fields=subject.fields)


def _cues(subject: Subject, seen: Seen) -> tuple[Cue, ...]:
    if subject.cues or not subject.transcript:
        return subject.cues
    return transcript_cues(subject.transcript) or cues_from_text(
        subject.transcript, spoken_in(seen.heard), seen.duration_s
    )


def _known_before(subject: Subject, seen: Seen) -> list[Finding]:
    """What the source showed and the clip doesn't, or not so clearly."""
    now = {finding.kind: finding.verdict for finding in seen.findings}
    return [
        finding
        for finding in subject.from_source
        if worst([now.get(finding.kind, Verdict.PASS), finding.verdict]) != now.get(finding.kind)
    ]


def _few(findings: Sequence[Finding]) -> list[Finding]:
    """At most `_MOST` of a kind, the gravest, and a word on the rest."""
    out: list[Finding] = []
    for kind in dict.fromkeys(finding.kind for finding in findings):
        alike = [finding for finding in findings if finding.kind == kind]
        alike.sort(key=lambda finding: (finding.verdict != Verdict.FAIL, -abs(finding.value)))
        if len(alike) > _MOST:
            text = f"{alike[0].text} And {len(alike) - _MOST} more that are not listed."
            alike[0] = alike[0].model_copy(update={"text": text[:2000]})
        out += alike[:_MOST]
    return out
