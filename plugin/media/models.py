"""Tables: clips, their renditions, and assemblies (a sequence of clips some plan chose)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class Clip(Entity):
    """One pre-rendered piece of video, immutable once ready; `name` is for authors and never leaves the server."""

    __tablename__ = "clip"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    """What a storyboard calls it, such as `offer-gold-es`."""
    title: Mapped[str]
    language: Mapped[str]
    """BCP 47."""
    frames: Mapped[int]
    """At 25 frames/s; a multiple of 8 (the 0.32 s grid)."""
    loudness_lufs: Mapped[float]
    """Integrated, EBU R 128, as delivered."""
    ai_role: Mapped[str]
    """none | modified | generated."""
    ai_note: Mapped[str] = mapped_column(default="")
    """What was synthetic, in words for the viewer, such as 'synthetic voice'."""
    voice_synthetic: Mapped[bool] = mapped_column(default=False)
    presenter: Mapped[bool] = mapped_column(default=False)
    """The author says somebody speaks to the viewer in it."""
    cues: Mapped[list[Any]]
    """Spoken lines: `[{"start_s": 0.4, "end_s": 2.1, "text": "…"}]`, in clip time."""
    poster_key: Mapped[str]
    source_sha256: Mapped[str]
    content_sha256: Mapped[str] = mapped_column(unique=True)
    """Over the packaged bytes of all renditions and the cues: the clip's identity."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    withdrawn_at: Mapped[datetime | None]

    renditions: Mapped[list[Rendition]] = relationship(back_populates="clip", order_by="Rendition.height")


class Rendition(Entity):
    """A clip at one bitrate: one immutable fragmented MP4 in the store, and the index that says what lies where."""

    __tablename__ = "rendition"
    __table_args__ = (UniqueConstraint("clip_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id", ondelete="CASCADE"))
    name: Mapped[str]
    """360p | 720p | 1080p."""
    width: Mapped[int]
    height: Mapped[int]
    peak_bps: Mapped[int]
    average_bps: Mapped[int]
    codecs: Mapped[str]
    """RFC 6381."""
    key: Mapped[str]
    """Where the bytes are in the store."""
    size: Mapped[int]
    init_sha256: Mapped[str]
    index: Mapped[bytes] = mapped_column(LargeBinary)
    """`media.index.RenditionIndex`, packed."""

    clip: Mapped[Clip] = relationship(back_populates="renditions")


class Assembly(Entity):
    """A sequence of clips that some plan chose: shared by everyone it was chosen for, telling nothing of them."""

    __tablename__ = "assembly"

    id: Mapped[str] = mapped_column(primary_key=True)
    """A keyed hash of the clip ids in order: opaque, and the same for the same sequence."""
    clip_ids: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
