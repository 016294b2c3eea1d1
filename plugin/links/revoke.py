"""Withdraw a link before its time."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import NotFound
from plugin.links.models import Link


def revoke(session: Session, link_id: str, *, clock: Clock = utcnow) -> bool:
    """From now on the link says 'withdrawn'; False when it already did. Raises `NotFound`."""
    if session.scalar(select(Link.id).where(Link.id == link_id)) is None:
        raise NotFound("no such link")
    changed = session.execute(
        update(Link).where(Link.id == link_id, Link.revoked_at.is_(None)).values(revoked_at=clock()).returning(Link.id)
    )
    return changed.first() is not None


def revoke_of(session: Session, campaign_id: str, recipient_id: str, *, clock: Clock = utcnow) -> int:
    """Withdraw every link of one recipient to one campaign; how many it took."""
    changed = session.execute(
        update(Link)
        .where(Link.campaign_id == campaign_id, Link.recipient_id == recipient_id, Link.revoked_at.is_(None))
        .values(revoked_at=clock())
        .returning(Link.id)
    )
    return len(changed.all())
