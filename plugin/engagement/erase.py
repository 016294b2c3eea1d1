"""Erasing what was measured of one person: events, totals, evidence, and what the CRM is owed of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from plugin.engagement.attention.forget import forget
from plugin.engagement.models import Event, Visit, VisitDue
from plugin.engagement.story import subject_of
from plugin.kernel.clock import Clock, utcnow
from plugin.outbox.recall import recall
from plugin.recipients.models import Recipient

_SCRUBBED: dict[str, Any] = {
    "tracked": False,
    "network": None,
    "evidence": {},
    "who": "unknown",
    "verdict": {},
    "coverage_s": 0.0,
    "watch_s": 0.0,
    "spans": [],
    "summary": {},
    "reported": None,
    "pruned": True,
}


def erase_engagement(session: Session, recipient_id: str, *, but: Collection[str] = (), clock: Clock = utcnow) -> int:
    """Nothing of how this person watched is kept or told any more; how many visits that were.

    That there were visits stays, with no more than their time: plans and counts hang on them. Receipts of consent stay
    as proof, under their pseudonym. `but`: kinds of messages that stay owed, as the CRM has to forget in its turn.
    """
    visits = _visits(session, recipient_id)
    if not visits:
        return 0
    recall_of(session, recipient_id, visits, but=but, clock=clock)
    plain = {"synchronize_session": False}
    session.execute(delete(Event).where(Event.visit_id.in_(visits)), execution_options=plain)
    session.execute(update(Visit).where(Visit.id.in_(visits)).values(_SCRUBBED), execution_options=plain)
    return len(visits)


def recall_all(session: Session, recipient_id: str, *, but: Collection[str] = (), clock: Clock = utcnow) -> int:
    """Take back all the CRM is owed of this person's visits, but for messages of the kinds in `but`; how many."""
    visits = _visits(session, recipient_id)
    return recall_of(session, recipient_id, visits, but=but, clock=clock) if visits else 0


def recall_of(
    session: Session, recipient_id: str, visits: Sequence[str], *, but: Collection[str] = (), clock: Clock
) -> int:
    """Of these visits, which are settled no more and whose attention is forgotten with it."""
    recipient = session.get_one(Recipient, recipient_id)
    session.execute(delete(VisitDue).where(VisitDue.visit_id.in_(visits)))
    forget(session, visits, "withdrawn", clock=clock)
    return recall(session, recipient.installation_id, subject_of(recipient), frozenset(visits), but=but)


def _visits(session: Session, recipient_id: str) -> Sequence[str]:
    # Whoever settles one of them holds its row: waited for here, what that enqueued is seen after.
    theirs = select(Visit.id).where(Visit.recipient_id == recipient_id).order_by(Visit.id)
    return session.scalars(theirs.with_for_update()).all()
