"""Clips of the library: looked at as recipients get them, and the report kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.media.library import Manifest, clip_named
from plugin.media.models import Clip
from plugin.media.quality.cheap import Progress
from plugin.media.quality.examine import Subject, examine, transcript_cues
from plugin.media.quality.records import keep, standing_of
from plugin.media.quality.report import Finding, Report
from plugin.media.store import Store
from plugin.media.timeline import Cue


def check_clip(
    database: Database,
    store: Store,
    name: str,
    *,
    script: str = "",
    fields: Collection[str] | None = None,
    known: Sequence[Finding] | None = None,
    show: bool = False,
    progress: Progress = lambda step, done: None,
    clock: Clock = utcnow,
) -> Report:
    """Check a clip by its tallest rendition and keep the report, unless a `script` was asked about as well.

    What was found in its source is taken from `known`, else from the last report. Takes the database and not a
    session: looking takes its time, and no transaction may wait for it. Raises `NotFound`.
    """
    with database.reading() as session:
        clip = clip_named(session, name)
        before = standing_of(session, clip).report
        tallest = max(clip.renditions, key=lambda rendition: rendition.height)
        subject = Subject(
            clip.name,
            clip.content_sha256,
            packaged=True,
            cues=tuple(Cue(cue["start_s"], cue["end_s"], cue["text"]) for cue in clip.cues),
            presenter=clip.presenter,
            script=script,
            fields=fields,
            from_source=_from_source(known if known is not None else before.findings if before else ()),
        )
        key = tallest.key
    with _local_copy(store, key) as path:
        report = examine(path, subject, show=show, progress=progress)
    if not script.strip():
        with database.transaction() as session:
            keep(session, session.get_one(Clip, clip.id), report, clock=clock)
    return report


def check_package(
    folder: Path,
    manifest: Manifest,
    *,
    transcript: str,
    known: Sequence[Finding] = (),
    progress: Progress = lambda step, done: None,
) -> Report:
    """The report on a clip just made, its captions as their author timed them: what was cut off there is lost."""
    tallest = manifest.renditions[-1]
    cues = transcript_cues(transcript) or tuple(Cue(line.start_s, line.end_s, line.text) for line in manifest.cues)
    subject = Subject(
        manifest.name,
        manifest.content_sha256,
        packaged=True,
        cues=cues,
        presenter=manifest.presenter,
        from_source=_from_source(known),
    )
    report = examine(folder / f"{tallest.name}.mp4", subject, progress=progress)
    return report.model_copy(update={"findings": tuple(_lasting(finding) for finding in report.findings)})


def _lasting(finding: Finding) -> Finding:
    """Captions past the end are cut off in the clip, so that only now can it be told."""
    return finding.model_copy(update={"in_source": True}) if finding.kind == "caption_outside" else finding


def _from_source(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that looking at the clip again can't bring back: of its source, and of captions it lost."""
    return tuple(finding for finding in findings if finding.in_source)


@contextmanager
def _local_copy(store: Store, key: str) -> Iterator[Path]:
    """Decoders want a file, and the store may be a bucket."""
    with tempfile.TemporaryDirectory(prefix="segue-check-") as folder:
        path = Path(folder) / "clip.mp4"
        with store.open(key) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        yield path
