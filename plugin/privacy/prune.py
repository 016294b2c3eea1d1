"""Forgetting the proof of choices that a later choice replaced long ago; the choice in force is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from plugin.kernel.database import Database
from plugin.privacy.models import ConsentReceipt

PROOF_DAYS = 1096
"""Three years from the day the choice was changed."""


def prune_receipts(database: Database, before: datetime, *, limit: int) -> int:
    """Delete up to `limit` receipts whose successor was given before that moment; returns how many."""
    later = aliased(ConsentReceipt)
    replaced = (
        select(later.id)
        .where(
            later.principal == ConsentReceipt.principal,
            later.purpose == ConsentReceipt.purpose,
            later.at > ConsentReceipt.at,
            later.at < before,
        )
        .exists()
    )
    with database.reading() as session:
        found = session.scalars(select(ConsentReceipt.id).where(replaced).limit(limit)).all()
    if found:
        with database.transaction() as session:
            forgotten = delete(ConsentReceipt).where(ConsentReceipt.id.in_(found))
            session.execute(forgotten.execution_options(synchronize_session=False))
    return len(found)
