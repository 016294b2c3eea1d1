"""Table: a run over a list, a campaign, a report, or whatever else a CRM keeps people in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class LinkRun(Entity):
    """Links for everyone in one place of a CRM: a job that goes on where it stopped."""

    __tablename__ = "link_run"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"))
    source_kind: Mapped[str]
    """hubspot_list | salesforce_campaign | salesforce_list_view | salesforce_report."""
    source_id: Mapped[str]
    """The CRM's id of it."""
    source_name: Mapped[str]
    size: Mapped[int | None]
    """Members when it began; None: the CRM doesn't say."""
    after: Mapped[str | None]
    """Cursor behind the last page that is wholly done, as its source reads it."""
    state: Mapped[str] = mapped_column(default="running")
    """running | paused | done | failed | cancelled."""
    days: Mapped[int]
    """How long new links live."""
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Members by what became of them: see `runs.tally`."""
    refused: Mapped[list[Any]] = mapped_column(default=list)
    """The first members without a link: `[the CRM's id, why]`."""
    reason: Mapped[str | None]
    """Why it failed, or why it waits."""
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    started_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
