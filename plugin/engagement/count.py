"""Counting without knowing whom: per campaign and day, no recipient anywhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from plugin.engagement.models import CampaignCount


def count(session: Session, campaign_id: str, kind: str, now: datetime) -> None:
    """One more of `kind` in this campaign today (UTC)."""
    table = CampaignCount.__table__
    assert isinstance(table, Table)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(table)
        .values(campaign_id=campaign_id, day=now.date(), kind=kind, count=1)
        .on_conflict_do_update(index_elements=["campaign_id", "day", "kind"], set_={"count": table.c.count + 1})
    )
