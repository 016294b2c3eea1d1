"""Table: opens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class Open(Entity):
    """One time a link's video was put together; holds which rules spoke, never the person's values.

    Its id is also the visit's: what is watched is told under it.
    """

    __tablename__ = "open"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    link_id: Mapped[str] = mapped_column(ForeignKey("link.id"), index=True)
    storyboard_version_id: Mapped[str] = mapped_column(ForeignKey("storyboard_version.id"))
    assembly_id: Mapped[str] = mapped_column(ForeignKey("assembly.id"))
    language: Mapped[str]
    choices: Mapped[list[Any]]
    """`[{"scene", "choice", "clip_id", "start_s", "duration_s"}]`, in order."""
    profile_read_at: Mapped[datetime | None]
    """When the values were read; None: only fallbacks."""
    live: Mapped[bool]
    """Read for this open, not from the snapshot."""
    at: Mapped[datetime] = mapped_column(default=utcnow)
