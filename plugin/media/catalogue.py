"""Clips as values, read once and kept; and assemblies, made at an open and found again by players."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from threading import Lock

from cachetools import LRUCache
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, selectinload

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import BadInput, Gone, NotFound
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import Vault
from plugin.media.assembly import AssemblyMedia, ClipMedia, RenditionMedia
from plugin.media.index import unpack
from plugin.media.models import Assembly, Clip
from plugin.media.timeline import AiRole, ClipFacts, Cue, Timeline

MAX_CLIPS = 60


# A clip never changes once it is recorded, so what was read of it stays true; withdrawal is asked for each time.
_KEPT: LRUCache[str, ClipMedia] = LRUCache(2048)
_ASSEMBLIES: LRUCache[str, AssemblyMedia] = LRUCache(1024)
_CLIP_IDS = Prepared(select(Assembly.clip_ids).where(Assembly.id == bindparam("id")))
_LOCK = Lock()


def assembly_id(vault: Vault, clip_ids: Sequence[str]) -> str:
    """The opaque name of a sequence: always the same, and telling nothing of its clips."""
    return vault.pseudonym("media|assembly", "\x1f".join(clip_ids))


def assemble(session: Session, vault: Vault, clip_ids: Sequence[str], *, clock: Clock = utcnow) -> str:
    """The id of the assembly of these clips, recorded if it is new.

    Raises `NotFound` or `Gone` for a clip that isn't there or was withdrawn, `BadInput` for none or too many.
    """
    if not 1 <= len(clip_ids) <= MAX_CLIPS:
        raise BadInput(f"an assembly has 1 to {MAX_CLIPS} clips, not {len(clip_ids)}")
    _refuse_absent(session, clip_ids)
    name = assembly_id(vault, clip_ids)
    if session.scalar(select(Assembly.id).where(Assembly.id == name)) is None:
        table = Assembly.__table__
        row = {"id": name, "clip_ids": list(clip_ids), "created_at": clock()}
        session.execute(insert_ignoring(session.get_bind().dialect.name, table, ["id"]), row)  # type: ignore[arg-type]
    return name


def load_assembly(session: Session, assembly: str) -> AssemblyMedia:
    """Everything about an assembly; raises `NotFound`, or `Gone` once one of its clips is withdrawn."""
    with _LOCK:
        known = _ASSEMBLIES.get(assembly)
    if known is not None:
        _refuse_absent(session, [clip.facts.id for clip in known.clips])
        return known
    row = _CLIP_IDS.first(session, {"id": assembly})
    if row is None:
        raise NotFound("no such video")
    _refuse_absent(session, row[0])
    media = clips_by_id(session, row[0])
    clips = tuple(media[clip_id] for clip_id in row[0])
    made = AssemblyMedia(Timeline(assembly, tuple(clip.facts for clip in clips)), clips)
    with _LOCK:
        _ASSEMBLIES[assembly] = made
    return made


def load_timeline(session: Session, assembly: str) -> Timeline:
    """The clips of an assembly, one after another; raises as `load_assembly` does."""
    return load_assembly(session, assembly).timeline


def clips_by_id(session: Session, ids: Iterable[str]) -> dict[str, ClipMedia]:
    """Clips by id, withdrawn ones too; ids that don't exist are left out."""
    wanted = set(ids)
    with _LOCK:
        found = {clip_id: _KEPT[clip_id] for clip_id in wanted if clip_id in _KEPT}
    missing = wanted - found.keys()
    if missing:
        query = select(Clip).where(Clip.id.in_(missing)).options(selectinload(Clip.renditions))
        read = {clip.id: clip_media(clip) for clip in session.scalars(query)}
        with _LOCK:
            _KEPT.update(read)
        found |= read
    return found


def facts_by_name(session: Session, names: Iterable[str]) -> dict[str, ClipFacts]:
    """What storyboards call clips → the clips; withdrawn and unknown names are left out."""
    query = select(Clip.name, Clip.id).where(Clip.name.in_(set(names)), Clip.withdrawn_at.is_(None))
    ids = dict(session.execute(query).all())
    media = clips_by_id(session, ids.values())
    return {name: media[clip_id].facts for name, clip_id in ids.items()}


def withdraw(session: Session, name: str, *, clock: Clock = utcnow) -> None:
    """Take a clip out of use: nothing is assembled with it, and assemblies that hold it are gone.

    Addresses already handed out run out within their grant.
    """
    _set_withdrawn(session, name, withdrawn=True, clock=clock)


def restore(session: Session, name: str) -> None:
    """Undo `withdraw`."""
    _set_withdrawn(session, name, withdrawn=False, clock=utcnow)


def clip_media(clip: Clip) -> ClipMedia:
    """A row as a value."""
    facts = ClipFacts(
        id=clip.id,
        title=clip.title,
        language=clip.language,
        frames=clip.frames,
        cues=tuple(Cue(cue["start_s"], cue["end_s"], cue["text"]) for cue in clip.cues),
        ai=AiRole(clip.ai_role, clip.ai_note, clip.voice_synthetic),
        poster_key=clip.poster_key,
    )
    renditions = {
        row.name: RenditionMedia(
            name=row.name,
            width=row.width,
            height=row.height,
            peak_bps=row.peak_bps,
            average_bps=row.average_bps,
            codecs=row.codecs,
            key=row.key,
            size=row.size,
            init_sha256=row.init_sha256,
            index=unpack(row.index),
        )
        for row in sorted(clip.renditions, key=lambda row: row.height)
    }
    return ClipMedia(facts, renditions)


def _refuse_absent(session: Session, clip_ids: Iterable[str]) -> None:
    wanted = set(clip_ids)
    named = {f"clip_{at}": clip_id for at, clip_id in enumerate(wanted)}
    rows = dict(_standing(len(named)).all(session, named)) if named else {}
    if wanted - rows.keys():
        raise NotFound("a clip of this video is not there")
    if any(withdrawn_at is not None for withdrawn_at in rows.values()):
        raise Gone("a clip of this video was withdrawn")


@cache
def _standing(count: int) -> Prepared:
    """Id and withdrawal of `count` clips, `clip_0` and on."""
    either = or_(*(Clip.id == bindparam(f"clip_{at}") for at in range(count)))
    return Prepared(select(Clip.id, Clip.withdrawn_at).where(either))


def _set_withdrawn(session: Session, name: str, *, withdrawn: bool, clock: Clock) -> None:
    clip = session.scalar(select(Clip).where(Clip.name == name))
    if clip is None:
        raise NotFound(f"no clip named {name!r}")
    if (clip.withdrawn_at is not None) != withdrawn:
        clip.withdrawn_at = clock() if withdrawn else None
