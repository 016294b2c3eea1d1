"""Forgetting the sealed snapshots of people whose links have all ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select

from plugin.kernel.database import Database
from plugin.links.models import Link
from plugin.recipients.models import ProfileSnapshot


def prune_snapshots(database: Database, before: datetime, *, limit: int) -> int:
    """Delete up to `limit` snapshots of people whose every link had ended before that moment; returns how many.

    Without one, a page made for a later link greets without a name until the CRM is read again.
    """
    lasting = select(Link.recipient_id).where(
        Link.expires_at >= before, or_(Link.revoked_at.is_(None), Link.revoked_at >= before)
    )
    old = ProfileSnapshot.read_at < before
    ended = select(ProfileSnapshot.recipient_id).where(old, ProfileSnapshot.recipient_id.not_in(lasting))
    with database.reading() as session:
        found = session.scalars(ended.limit(limit)).all()
    if found:
        with database.transaction() as session:
            # Still old: a link issued meanwhile has read the CRM anew.
            forgotten = delete(ProfileSnapshot).where(ProfileSnapshot.recipient_id.in_(found), old)
            session.execute(forgotten.execution_options(synchronize_session=False))
    return len(found)
