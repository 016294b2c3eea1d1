"""Counting without knowing whom: per campaign and day, no recipient anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from plugin.engagement.models import CampaignCount
from plugin.kernel.prepare import Prepared

_TABLE = cast("Table", CampaignCount.__table__)


def count(session: Session, campaign_id: str, kind: str, now: datetime) -> None:
    """One more of `kind` in this campaign today (UTC)."""
    _ONE_MORE.run(session, {"campaign_id": campaign_id, "day": now.date(), "kind": kind, "count": 1})


def _one_more(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    more = {"count": _TABLE.c.count + insert(_TABLE).excluded.count}
    return insert(_TABLE).on_conflict_do_update(index_elements=["campaign_id", "day", "kind"], set_=more)


_ONE_MORE = Prepared(_one_more)
