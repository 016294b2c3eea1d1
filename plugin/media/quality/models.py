"""Tables: what was found in each clip, and who said yes to it all the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class ClipCheck(Entity):
    """The latest report on a clip; it counts for the very bytes it was made of, and for no others."""

    __tablename__ = "clip_check"

    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id", ondelete="CASCADE"), primary_key=True)
    content_sha256: Mapped[str]
    rules: Mapped[int]
    """The version of the checks it was made by."""
    verdict: Mapped[str]
    """pass | look | fail."""
    report: Mapped[dict[str, Any]]
    """`media.quality.report.Report`, without its pictures."""
    checked_at: Mapped[datetime] = mapped_column(default=utcnow)


class ClipApproval(Entity):
    """A named person looked at what a machine couldn't decide and said yes; never edited, never deleted."""

    __tablename__ = "clip_approval"
    __table_args__ = (Index(None, "clip_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clip.id", ondelete="CASCADE"))
    content_sha256: Mapped[str]
    email: Mapped[str]
    """The member's, kept as it was then: members come and go."""
    note: Mapped[str]
    kinds: Mapped[list[Any]]
    """The kinds of findings they saw; a kind found later needs another yes."""
    at: Mapped[datetime] = mapped_column(default=utcnow)
