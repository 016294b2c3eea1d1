"""A file from outside becomes a clip: encoded and packaged in a work folder, checked, stored, only then recorded."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, Busy
from plugin.media.contract import CANVASES, OVERHANG_S, SILENCE_LUFS, canvases_for, grid_frames
from plugin.media.encode import (
    Effort,
    EncodedPictures,
    PictureEncoder,
    decode_aac,
    decode_sound,
    encode_sound,
    pictures_of,
)
from plugin.media.index import read_index
from plugin.media.level import level
from plugin.media.library import (
    MANIFEST,
    Manifest,
    RenditionFile,
    SpokenLine,
    check_words,
    read_package,
    record,
    refuse_other_init,
    sha256_of,
    upload,
    write_manifest,
)
from plugin.media.measure import Sound, loudness_lufs, speech
from plugin.media.models import Clip
from plugin.media.package import codecs, init_bytes, write_clip
from plugin.media.probe import SourceFacts, probe
from plugin.media.quality.check import check_package
from plugin.media.quality.records import REPORT, keep, read_report, standing_of
from plugin.media.quality.report import Verdict
from plugin.media.quality.source import SourceWatch
from plugin.media.store import Store
from plugin.media.timeline import FRAME_RATE, AiRole, Cue
from plugin.media.transcript import cues_from_text, cues_from_vtt, is_vtt

Progress = Callable[[str, float], None]
"""Told the step (`sound`, `picture`, `package`, `check`, `store`) and how much of it is done, 0 to 1."""


_BY_PEOPLE = AiRole("none", "", False)
_USUAL = Effort()


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """What the author says of the clip to be made."""

    name: str
    title: str
    language: str
    ai: AiRole = _BY_PEOPLE
    transcript: str = ""
    """WebVTT, or plain text to be spread over the speech; empty for a clip without words."""
    presenter: bool = False
    """Somebody speaks to the viewer in it."""
    effort: Effort = _USUAL
    poster_at_s: float | None = None
    """The moment for the poster; None: two fifths in."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """The clip's id and length, and whether this call made it."""

    clip_id: str
    name: str
    frames: int
    renditions: tuple[str, ...]
    loudness_lufs: float
    fresh: bool
    verdict: Verdict | None = None
    """What the check said; None: this clip was never checked."""


def ingest(
    database: Database,
    store: Store,
    work: Path,
    source: Path,
    order: ClipOrder,
    *,
    progress: Progress = lambda step, done: None,
) -> Ingested:
    """Make a clip of a file, or find that it is there already.

    Takes the database rather than a session: encoding lasts minutes and no transaction may wait for it. `work` is a
    folder on a disk with room; what a killed run left there is finished or swept by the next. Raises `BadInput` with
    the reason for anything that can't become a clip, and then leaves nothing behind.
    """
    check_words(**_words(order))
    facts = probe(source)
    source_sha256 = sha256_of(source)
    if (there := _already(database, order.name, source_sha256)) is not None:
        return there
    work.mkdir(parents=True, exist_ok=True)
    _sweep(database, store, work, keep=_folder_name(source_sha256, order))
    with _own_folder(work / _folder_name(source_sha256, order)) as folder:
        try:
            if not (folder / "package" / MANIFEST).exists():
                _make_package(folder, source, source_sha256, facts, order, progress)
            package = read_package(folder / "package")
            with database.reading() as session:
                refuse_other_init(session, {file.name: file.init_sha256 for file in package.manifest.renditions})
            progress("store", 0.0)
            upload(store, package)
            with database.transaction() as session:
                clip, fresh = record(session, package)
                if fresh and (report := read_report(folder / "package")):
                    keep(session, clip, report)
                done = _told(clip, fresh, standing_of(session, clip).verdict)
            progress("store", 1.0)
        except OSError as error:
            _forget(database, store, folder)
            raise Busy(f"the work folder can't be written: {error.strerror}") from error
        except BaseException as error:
            # What was finished before a lock or a Ctrl-C is worth keeping for the next try; nothing else is.
            if isinstance(error, BadInput) or not (folder / "package" / MANIFEST).exists():
                _forget(database, store, folder)
            raise
        shutil.rmtree(folder)
    return done


def _words(order: ClipOrder) -> dict[str, Any]:
    return {
        "name": order.name,
        "title": order.title,
        "language": order.language,
        "ai_role": order.ai.role,
        "ai_note": order.ai.note,
        "voice_synthetic": order.ai.voice_synthetic,
        "presenter": order.presenter,
    }


def _already(database: Database, name: str, source_sha256: str) -> Ingested | None:
    with database.reading() as session:
        clips = session.scalars(select(Clip).where((Clip.name == name) | (Clip.source_sha256 == source_sha256))).all()
        for clip in clips:
            if clip.withdrawn_at is not None and clip.source_sha256 == source_sha256:
                raise BadInput(f"this source is there already, as the withdrawn clip {clip.name!r}")
            if clip.name == name and clip.source_sha256 == source_sha256:
                return _told(clip, False, standing_of(session, clip).verdict)
        for clip in clips:
            if clip.name == name:
                raise BadInput(f"another clip is named {name!r} already; clips never change, so choose a new name")
            raise BadInput(f"this source is there already, as the clip {clip.name!r}")
    return None


def _told(clip: Clip, fresh: bool, verdict: Verdict | None) -> Ingested:
    names = tuple(file.name for file in sorted(clip.renditions, key=lambda file: file.height))
    return Ingested(clip.id, clip.name, clip.frames, names, clip.loudness_lufs, fresh, verdict)


# -- making the package -----------------------------------------------------------------------------


def _make_package(
    folder: Path, source: Path, source_sha256: str, facts: SourceFacts, order: ClipOrder, progress: Progress
) -> None:
    progress("sound", 0.0)
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(folder / "package", ignore_errors=True)
    scratch.mkdir()
    watch = SourceWatch()
    heard = decode_sound(source, facts, scratch / "sound.f32", watch.sound)
    pictures = _encode_pictures(source, facts, order, scratch, len(heard) / 48000, watch, progress)
    sound, cues = _finish_sound(heard, pictures.frames, order, scratch)
    config, packets = encode_sound(sound, pictures.frames)
    progress("sound", 1.0)
    out = folder / "package"
    out.mkdir()
    (out / "poster.jpg").write_bytes(pictures.poster)
    files = []
    for done, encoded in enumerate(pictures.encoded):
        progress("package", done / len(pictures.encoded))
        files.append(_write_rendition(out, encoded, config, packets, pictures.frames))
    loudness = loudness_lufs(decode_aac(config, packets))
    manifest = Manifest(
        **_words(order),
        frames=pictures.frames,
        loudness_lufs=round(max(loudness, -70.0), 2),
        cues=tuple(SpokenLine(start_s=cue.start_s, end_s=cue.end_s, text=cue.text) for cue in cues),
        source_sha256=source_sha256,
        poster_sha256=sha256_of(out / "poster.jpg"),
        renditions=tuple(files),
    )
    shutil.rmtree(scratch)
    _check(out, manifest, order, facts, watch, progress)
    write_manifest(out, manifest)
    progress("package", 1.0)


def _check(
    folder: Path, manifest: Manifest, order: ClipOrder, facts: SourceFacts, watch: SourceWatch, progress: Progress
) -> None:
    """Look at what was made and leave the report beside it: a killed run's package is finished with it."""
    report = check_package(
        folder,
        manifest,
        transcript=order.transcript,
        known=watch.findings(facts.height),
        progress=lambda step, done: progress("check", done),
    )
    (folder / REPORT).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _finish_sound(heard: Sound, frames: int, order: ClipOrder, scratch: Path) -> tuple[Sound, tuple[Cue, ...]]:
    """As long as the pictures, as loud as the contract says; and the words, timed by where it speaks."""
    size = frames * 48000 // FRAME_RATE
    sound: Any = np.memmap(scratch / "level.f32", "<f4", "w+", shape=(size, 2))
    sound[: len(heard)] = heard[:size]
    level(sound)
    duration_s = frames / FRAME_RATE
    if is_vtt(order.transcript):
        return sound, cues_from_vtt(order.transcript, duration_s)
    spoken = speech(sound) if loudness_lufs(sound) > SILENCE_LUFS else []
    return sound, cues_from_text(order.transcript, spoken, duration_s)


@dataclass
class _Pictures:
    frames: int = 0
    poster: bytes = b""
    encoded: list[EncodedPictures] = field(default_factory=list)


def _encode_pictures(
    source: Path,
    facts: SourceFacts,
    order: ClipOrder,
    scratch: Path,
    sound_s: float,
    watch: SourceWatch,
    progress: Progress,
) -> _Pictures:
    canvases = canvases_for(facts.height)
    encoders = [PictureEncoder(canvas, order.effort, scratch) for canvas in canvases]
    expected = max(1, round((facts.duration_s or 10) * FRAME_RATE))
    poster_at = round(0.4 * expected if order.poster_at_s is None else order.poster_at_s * FRAME_RATE)
    poster_of = max(i for i, canvas in enumerate(canvases) if canvas.height <= CANVASES[1].height)
    still: Any = None
    try:
        for number, frames in enumerate(pictures_of(source, facts, canvases, sound_s, watch.picture)):
            if still is None or number <= poster_at:
                still = frames[poster_of]
            for encoder, frame in zip(encoders, frames, strict=True):
                encoder.add(frame)
            if number % FRAME_RATE == 0:
                progress("picture", min(0.99, number / expected))
        if still is None:
            # The pictures are too few to fill a 25th of a second at their own pace.
            raise BadInput("there is no picture in it")
        picture_s = encoders[0].count / FRAME_RATE
        frames_in_all = grid_frames(sound_s if sound_s > picture_s + OVERHANG_S else picture_s)
        for encoder in encoders:
            encoder.hold_until(frames_in_all)
    finally:
        for encoder in encoders:
            encoder.close()
    progress("picture", 1.0)
    return _Pictures(frames_in_all, _jpeg(still), [encoder.encoded for encoder in encoders])


def _jpeg(frame: Any) -> bytes:
    from io import BytesIO

    out = BytesIO()
    frame.to_image(src_colorspace="ITU709").save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


def _write_rendition(
    folder: Path, encoded: EncodedPictures, config: bytes, packets: list[bytes], frames: int
) -> RenditionFile:
    path = folder / f"{encoded.canvas.name}.mp4"
    init = init_bytes(encoded.canvas, encoded.extradata, config)
    with path.open("wb") as out:
        write_clip(out, init, encoded.pictures(), iter(packets), frames)
    index = read_index(path.read_bytes())
    return RenditionFile(
        name=encoded.canvas.name,
        size=index.size,
        sha256=sha256_of(path),
        init_sha256=index.init_sha256,
        codecs=codecs(encoded.extradata),
    )


# -- the work folder --------------------------------------------------------------------------------


def _folder_name(source_sha256: str, order: ClipOrder) -> str:
    words = json.dumps(
        [
            source_sha256,
            order.name,
            order.title,
            order.language,
            order.transcript,
            [order.ai.role, order.ai.note, order.ai.voice_synthetic, order.presenter],
            [order.effort.crf, order.effort.preset, order.poster_at_s],
        ]
    )
    return hashlib.sha256(words.encode()).hexdigest()[:32]


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """The folder, ours alone while the block runs; the lock dies with its process."""
    folder.mkdir(exist_ok=True)
    with _locked(folder) as ours:
        if not ours:
            raise Busy("this clip is being added by another process")
        yield folder


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    lock = folder.with_suffix(".lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            with suppress(FileNotFoundError):
                lock.unlink()


def _sweep(database: Database, store: Store, work: Path, keep: str) -> None:
    """Clear away what killed runs left."""
    for folder in work.iterdir():
        if folder.is_dir() and folder.name != keep:
            with _locked(folder) as ours:
                if ours:
                    _forget(database, store, folder)
    for lock in work.glob("*.lock"):
        if not lock.with_suffix("").exists():
            with suppress(FileNotFoundError):
                lock.unlink()


def _forget(database: Database, store: Store, folder: Path) -> None:
    """Remove a work folder, and its files from the store unless a clip owns them."""
    try:
        package = read_package(folder / "package")
    except BadInput:
        package = None
    if package is not None:
        with database.reading() as session:
            owned = session.scalar(select(Clip.id).where(Clip.content_sha256 == package.manifest.content_sha256))
        for key in package.files() if owned is None else ():
            store.delete(key)
    shutil.rmtree(folder, ignore_errors=True)
