"""Forgetting a visit's attention: here, in messages not yet sent, and in the CRM, all from one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.engagement.attention.models import AttentionSecond, AttentionVisit
from plugin.engagement.models import Visit
from plugin.engagement.story import subject_of
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.ids import derived_id
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.redact import redact
from plugin.recipients.models import Recipient

KEPT = timedelta(days=30)
WITHDRAWN = "attention.withdrawn"
"""Tells a CRM to remove `attention` from the summary of the visit `session_key`, up to and with that `revision`.

A later revision rests on a later yes. A CRM that never had it has nothing to do."""

Reason = Literal["withdrawn", "expired"]


def forget(session: Session, visit_ids: Sequence[str], reason: Reason, *, clock: Clock = utcnow) -> int:
    """Delete all that is known of these visits' attention and owe the CRM the word to do the same; returns how many.

    The yes goes with it: pages still open are answered as before, and nothing they tell is kept.
    """
    # In one order everywhere; whoever keeps seconds holds the visit's row, and theirs are then deleted below.
    held = session.scalars(
        select(AttentionVisit)
        .where(AttentionVisit.visit_id.in_(visit_ids))
        .order_by(AttentionVisit.visit_id)
        .with_for_update()
    ).all()
    if not held:
        return 0
    gone = [one.visit_id for one in held]
    _tell(session, [one.visit_id for one in held if one.told], reason, clock)
    plain: dict[str, Any] = {"synchronize_session": False}
    session.execute(delete(AttentionSecond).where(AttentionSecond.visit_id.in_(gone)), execution_options=plain)
    for one in held:
        session.delete(one)
    session.flush()
    return len(gone)


def forget_person(session: Session, campaign_id: str, recipient_id: str, *, clock: Clock = utcnow) -> int:
    """The same for every visit of one person to one campaign."""
    theirs = (AttentionVisit.campaign_id == campaign_id) & (AttentionVisit.recipient_id == recipient_id)
    return forget(
        session, session.scalars(select(AttentionVisit.visit_id).where(theirs)).all(), "withdrawn", clock=clock
    )


def prune_attention(database: Database, now: datetime, *, limit: int) -> int:
    """Forget up to `limit` visits whose 30 days are over; returns how many."""
    old = select(AttentionVisit.visit_id).where(AttentionVisit.given_at < now - KEPT)
    with database.reading() as session:
        visits = session.scalars(old.order_by(AttentionVisit.given_at).limit(limit)).all()
    if not visits:
        return 0
    with database.transaction() as session:
        return forget(session, visits, "expired", clock=lambda: now)


def _tell(session: Session, visit_ids: Sequence[str], reason: Reason, clock: Clock) -> None:
    rows = session.execute(
        select(Visit, Recipient).join(Recipient, Recipient.id == Visit.recipient_id).where(Visit.id.in_(visit_ids))
    ).all()
    summaries = [f"{visit.id}:{revision}" for visit, _ in rows for revision in range(1, visit.revision + 1)]
    redact(session, summaries, "attention")
    drafts = [
        Draft(
            recipient.installation_id,
            derived_id(visit.id, WITHDRAWN, clock().isoformat()),
            WITHDRAWN,
            subject_of(recipient),
            {
                "visit_id": visit.id,
                "session_key": visit.id,
                "campaign_id": visit.campaign_id,
                "occurred_at": clock().isoformat(),
                "revision": visit.revision,
                "reason": reason,
            },
        )
        for visit, recipient in sorted(rows, key=lambda row: row[0].id)
    ]
    enqueue(session, drafts, clock=clock)
