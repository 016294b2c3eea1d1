"""Packaged clips as folders, a `clip.json` beside the files: what ingest makes and what a demo ships as."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field as Setting, StringConstraints, ValidationError, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.kernel.errors import BadInput, NotFound
from plugin.media.contract import CANVASES, MAX_BYTES, MAX_SECONDS
from plugin.media.index import RenditionIndex, read_index
from plugin.media.models import Clip, Rendition
from plugin.media.store import Store, sync_folder
from plugin.media.timeline import FRAME_RATE

MANIFEST = "clip.json"
_SHA = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClipName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpokenLine(_Strict):
    """One cue, in seconds of the clip."""

    start_s: float = Setting(ge=0, le=MAX_SECONDS + 1)
    end_s: float = Setting(ge=0, le=MAX_SECONDS + 1)
    text: str = Setting(min_length=1, max_length=2000)


class RenditionFile(_Strict):
    """One rendition's file, named `<name>.mp4`."""

    name: Literal["360p", "720p", "1080p"]
    size: int = Setting(gt=0, le=MAX_BYTES)
    sha256: _SHA
    init_sha256: _SHA
    codecs: str = Setting(pattern=r"^avc1\.[0-9a-f]{6},mp4a\.40\.2$")


class Words(_Strict):
    """What an author says of a clip."""

    name: ClipName
    title: str = Setting(min_length=1, max_length=200)
    language: Language
    ai_role: Literal["none", "modified", "generated"]
    ai_note: str = Setting(default="", max_length=300)
    voice_synthetic: bool = False
    presenter: bool = False
    """Somebody speaks to the viewer in it: the check looks for them."""

    @model_validator(mode="after")
    def _label_the_voice(self) -> Words:
        if self.voice_synthetic and self.ai_role == "none":
            raise ValueError("a synthetic voice is made by AI: its role is modified or generated")
        return self


class Manifest(Words):
    """`clip.json`: everything about one packaged clip that its bytes don't say."""

    format: Literal[1] = 1
    frames: int = Setting(gt=0)
    loudness_lufs: float
    cues: tuple[SpokenLine, ...]
    source_sha256: _SHA
    poster_sha256: _SHA
    renditions: tuple[RenditionFile, ...] = Setting(min_length=1)

    @cached_property
    def content_sha256(self) -> str:
        """The clip's identity: its packaged bytes and its cues."""
        words = json.dumps([asdict_line(cue) for cue in self.cues], ensure_ascii=False, sort_keys=True)
        parts = [file.sha256 for file in self.renditions] + [hashlib.sha256(words.encode()).hexdigest()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def prefix(self) -> str:
        """The clip's folder in the store."""
        return self.content_sha256[:32]


def asdict_line(line: SpokenLine) -> dict[str, Any]:
    """A cue as the tables keep it."""
    return {"start_s": line.start_s, "end_s": line.end_s, "text": line.text}


@dataclass(frozen=True, slots=True)
class Package:
    """A folder whose every byte has been checked against its manifest and the clip contract."""

    folder: Path
    manifest: Manifest
    indices: Mapping[str, RenditionIndex]

    def files(self) -> dict[str, Path]:
        """What goes into the store, by key."""
        names = [f"{file.name}.mp4" for file in self.manifest.renditions] + ["poster.jpg"]
        return {f"{self.manifest.prefix}/{name}": self.folder / name for name in names}


def check_words(**words: Any) -> Words:
    """The author's words when they can stand, or `BadInput` naming the one that can't."""
    try:
        return Words(**words)
    except ValidationError as error:
        raise BadInput(_first(error)) from None


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(map(str, problem["loc"]))
    return f"{place}: {problem['msg']}" if place else problem["msg"].removeprefix("Value error, ")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the folder a package; the manifest comes last and whole, after the bytes it vouches for are on the disk."""
    for file in sorted(folder.iterdir()):
        with file.open("rb") as written:
            os.fsync(written.fileno())
    draft = folder / f".{MANIFEST}"
    with draft.open("w", encoding="utf-8") as out:
        out.write(manifest.model_dump_json(indent=2) + "\n")
        out.flush()
        os.fsync(out.fileno())
    draft.replace(folder / MANIFEST)
    sync_folder(folder)


def read_package(folder: Path) -> Package:
    """Check a packaged clip: hashes, sizes, the clip contract; raises `BadInput` naming the file and the rule."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        _hold(hashlib.sha256((folder / "poster.jpg").read_bytes()).hexdigest() == manifest.poster_sha256, "poster.jpg")
        indices: dict[str, RenditionIndex] = {
            file.name: _checked_index(folder, file, manifest) for file in manifest.renditions
        }
    except FileNotFoundError as error:
        raise BadInput(f"{folder.name}: {Path(error.filename).name} is missing") from None
    except ValidationError as error:
        raise BadInput(f"{folder.name}/{MANIFEST}: {_first(error)}") from None
    except BadInput as error:
        raise BadInput(f"{folder.name}: {error}") from None
    return Package(folder, manifest, indices)


def _checked_index(folder: Path, file: RenditionFile, manifest: Manifest) -> RenditionIndex:
    data = (folder / f"{file.name}.mp4").read_bytes()
    _hold(len(data) == file.size and hashlib.sha256(data).hexdigest() == file.sha256, f"{file.name}.mp4")
    index = read_index(data)
    _hold(index.frames == manifest.frames and index.init_sha256 == file.init_sha256, f"{file.name}.mp4")
    return index


def _hold(right: bool, name: str) -> None:
    if not right:
        raise BadInput(f"{name} is not what {MANIFEST} says")


# -- the tables -------------------------------------------------------------------------------------


def upload(store: Store, package: Package) -> None:
    """Put the files where players will find them; doing it twice changes nothing."""
    for key, path in package.files().items():
        store.put(key, path)


def record(session: Session, package: Package) -> tuple[Clip, bool]:
    """The clip's row, and whether it is new. Call it after `upload`, so that a row never lacks its bytes.

    Raises `BadInput` when the name stands for another clip, when the same content is there under another name, or
    when a rendition's init differs from the other clips': players freeze where two inits meet.
    """
    manifest = package.manifest
    for clip in session.scalars(
        select(Clip).where((Clip.name == manifest.name) | (Clip.content_sha256 == manifest.content_sha256))
    ):
        if (clip.name, clip.content_sha256) == (manifest.name, manifest.content_sha256):
            return clip, False
        if clip.name == manifest.name:
            raise BadInput(f"another clip is named {clip.name!r} already; clips never change, so choose a new name")
        raise BadInput(f"the same clip is there already, named {clip.name!r}")
    refuse_other_init(session, {file.name: file.init_sha256 for file in manifest.renditions})
    clip = _clip_row(package)
    session.add(clip)
    session.flush()
    return clip, True


def refuse_other_init(session: Session, inits: dict[str, str]) -> None:
    """Raise `BadInput` unless every rendition's init is the one its namesakes have."""
    rows = session.execute(select(Rendition.name, Rendition.init_sha256).distinct())
    for name, expected in rows:
        if inits.get(name, expected) != expected:
            raise BadInput(
                f"the {name} init differs from the other clips' ({inits[name][:12]}… is not {expected[:12]}…): "
                "it was made by another encoder version, and players freeze where the two meet"
            )


def _clip_row(package: Package) -> Clip:
    manifest = package.manifest
    clip = Clip(
        name=manifest.name,
        title=manifest.title,
        language=manifest.language,
        frames=manifest.frames,
        loudness_lufs=manifest.loudness_lufs,
        ai_role=manifest.ai_role,
        ai_note=manifest.ai_note,
        voice_synthetic=manifest.voice_synthetic,
        presenter=manifest.presenter,
        cues=[asdict_line(cue) for cue in manifest.cues],
        poster_key=f"{manifest.prefix}/poster.jpg",
        source_sha256=manifest.source_sha256,
        content_sha256=manifest.content_sha256,
    )
    sizes = {canvas.name: canvas for canvas in CANVASES}
    clip.renditions = [
        Rendition(
            name=file.name,
            width=sizes[file.name].width,
            height=sizes[file.name].height,
            peak_bps=package.indices[file.name].peak_bps,
            average_bps=package.indices[file.name].average_bps,
            codecs=file.codecs,
            key=f"{manifest.prefix}/{file.name}.mp4",
            size=file.size,
            init_sha256=file.init_sha256,
            index=package.indices[file.name].pack(),
        )
        for file in manifest.renditions
    ]
    return clip


# -- whole libraries --------------------------------------------------------------------------------


def import_(session: Session, store: Store, folder: Path) -> list[Clip]:
    """Take in every packaged clip under a folder, checked first and encoded never; those already there are kept.

    All or nothing: one bad clip, and none is recorded.
    """
    folders = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    if not folders:
        raise BadInput(f"no packaged clips in {folder.name}: each is a folder with a {MANIFEST}")
    packages = [read_package(place) for place in folders]
    for package in packages:
        upload(store, package)
    return [record(session, package)[0] for package in packages]


def export(session: Session, store: Store, names: Sequence[str], folder: Path) -> list[Path]:
    """Write clips as packages into `folder/<name>`; no names means all that aren't withdrawn."""
    wanted = select(Clip).where(Clip.name.in_(names)) if names else select(Clip).where(Clip.withdrawn_at.is_(None))
    clips = session.scalars(wanted.order_by(Clip.name)).all()
    if missing := sorted(set(names) - {clip.name for clip in clips}):
        raise NotFound(f"no clip named {', '.join(missing)}")
    return [_export_one(store, clip, folder / clip.name) for clip in clips]


def _export_one(store: Store, clip: Clip, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {file.name: _copy(store, file.key, folder / f"{file.name}.mp4") for file in clip.renditions}
    manifest = Manifest(
        name=clip.name,
        title=clip.title,
        language=clip.language,
        frames=clip.frames,
        loudness_lufs=clip.loudness_lufs,
        ai_role=clip.ai_role,
        ai_note=clip.ai_note,
        voice_synthetic=clip.voice_synthetic,
        presenter=clip.presenter,
        cues=tuple(SpokenLine(**cue) for cue in clip.cues),
        source_sha256=clip.source_sha256,
        poster_sha256=_copy(store, clip.poster_key, folder / "poster.jpg"),
        renditions=tuple(
            RenditionFile(
                name=file.name,
                size=file.size,
                sha256=hashes[file.name],
                init_sha256=file.init_sha256,
                codecs=file.codecs,
            )
            for file in clip.renditions
        ),
    )
    if manifest.content_sha256 != clip.content_sha256:
        raise BadInput(f"the stored bytes of {clip.name} are not what was ingested")
    write_manifest(folder, manifest)
    return folder


def _copy(store: Store, key: str, target: Path) -> str:
    with store.open(key) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return sha256_of(target)


def sha256_of(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def clip_named(session: Session, name: str) -> Clip:
    """The clip, or `NotFound`."""
    clip = session.scalar(select(Clip).where(Clip.name == name))
    if clip is None:
        raise NotFound(f"no clip named {name!r}")
    return clip


def lasting_s(clips: Iterable[Clip]) -> float:
    """Of all of them, in seconds."""
    return sum(clip.frames for clip in clips) / FRAME_RATE
