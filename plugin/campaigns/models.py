"""Tables: campaigns and the versions of their storyboards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id
from plugin.privacy.models import Regime


class Campaign(Entity):
    """One video story sent to many people, with its public twin at `/c/<slug>`."""

    __tablename__ = "campaign"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id"))
    regime: Mapped[str] = mapped_column(default=Regime.CONSENT)
    published_version: Mapped[int | None]
    """The storyboard version links open with; None: not yet published."""
    attention: Mapped[bool] = mapped_column(default=False)
    """Whether viewers may be asked to let their own device tell if they face the screen."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class StoryboardVersion(Entity):
    """A storyboard as it was published; never edited, so a plan can always be explained."""

    __tablename__ = "storyboard_version"
    __table_args__ = (UniqueConstraint("campaign_id", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"))
    version: Mapped[int]
    document: Mapped[dict[str, Any]]
    """`campaigns.storyboard.Storyboard`, as JSON."""
    clip_ids: Mapped[dict[str, Any]]
    """Clip name → clip id, pinned at publication."""
    derived: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Worked out when published: `{"public": {language: assembly id}, "duration_s": {language: [least, most]}}`."""
    content_sha256: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(default=utcnow)
