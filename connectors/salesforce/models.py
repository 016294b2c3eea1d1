"""Tables: visits as told, records as known, rows on their way in bulk, the keys Marketing Cloud signs with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id

_ORG = "installation.id"


class SalesforceVisit(Entity):
    """One visit as its `Video_Engagement__c` row says it: only ever added to, so writing it twice is harmless."""

    __tablename__ = "salesforce_visit"
    __table_args__ = (Index(None, "updated_at"),)

    installation_id: Mapped[str] = mapped_column(ForeignKey(_ORG, ondelete="CASCADE"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(primary_key=True)
    folded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    standing: Mapped[str | None]
    """Digest of the row as the org last took it: see `writeback.standing_rows`."""
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class SalesforceRecord(Entity):
    """One Contact, Lead or CampaignMember that links are made for, and what it hangs together with."""

    __tablename__ = "salesforce_record"
    __table_args__ = (
        Index(None, "installation_id", "contact_id"),
        Index(None, "installation_id", "lead_id"),
        Index(None, "installation_id", "moved_to"),
        Index(None, "installation_id", "deleted_at"),
    )

    installation_id: Mapped[str] = mapped_column(ForeignKey(_ORG, ondelete="CASCADE"), primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    """Eighteen characters."""
    contact_id: Mapped[str | None]
    lead_id: Mapped[str | None]
    campaign_id: Mapped[str | None]
    moved_to: Mapped[str | None]
    """The record it was merged into, or the Contact a Lead was converted to."""
    gone_at: Mapped[datetime | None]
    """Not to be found since, whyever: deleted, or not shown to us."""
    deleted_at: Mapped[datetime | None]
    """Salesforce said that it was deleted. It may come back, as long as it is in the recycle bin."""
    status_rank: Mapped[int] = mapped_column(default=0)
    """How far we have moved a campaign member's status: 1 opened, 2 watched, 3 clicked."""
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class SalesforceBulkJob(Entity):
    """Rows on their way by Bulk 2.0, so that whoever takes over from a worker that died sends nothing twice."""

    __tablename__ = "salesforce_bulk_job"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    installation_id: Mapped[str] = mapped_column(ForeignKey(_ORG, ondelete="CASCADE"), index=True)
    claim: Mapped[str]
    """The outbox's lease on the messages these rows are made of."""
    job_id: Mapped[str | None]
    """Salesforce's; None: none was opened that we know of, so nothing was sent."""
    rows: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    """A worker that dies keeps the job waiting no longer than this."""
    begun_at: Mapped[datetime] = mapped_column(default=utcnow)


class SalesforceMarketingKey(Entity):
    """A key that Marketing Cloud signs with: sealed, good until it is taken away. A new one holds beside it."""

    __tablename__ = "salesforce_marketing_key"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    installation_id: Mapped[str] = mapped_column(ForeignKey(_ORG, ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    """journey (the custom activity's calls) | mail (links signed as a mail is sent)."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
