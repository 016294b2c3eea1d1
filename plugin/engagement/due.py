"""Marking a visit as not yet understood, in the transaction of what there is to understand."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from plugin.engagement.models import VisitDue
from plugin.kernel.database import upsert

_TABLE = cast("Table", VisitDue.__table__)


def mark_due(session: Session, visit_id: str, due_at: datetime) -> None:
    """Have it settled then; an earlier mark is replaced."""
    statement = upsert(session.get_bind().dialect.name, _TABLE, ["visit_id"], ["due_at"])
    session.execute(statement, [{"visit_id": visit_id, "due_at": due_at}])
