"""A bulk job as it stands in the database: which messages it settles, Salesforce's id of it, and who is at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from connectors.salesforce.models import SalesforceBulkJob
from connectors.salesforce.org import NAME
from plugin.accounts.models import Credential, Installation
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.attention.models import AttentionVisit
from plugin.engagement.story import subject_of
from plugin.kernel.ids import new_id
from plugin.outbox.lease import Claim, claim as claim_messages, let_go
from plugin.outbox.models import Delivery, DeliveryStatus
from plugin.recipients.models import Recipient

LEASE = timedelta(seconds=60)
"""A worker that dies keeps a job waiting no longer than this."""
HOLD = timedelta(days=1)
"""How long a job's messages are nobody else's: a job may wait at Salesforce for hours."""
MESSAGES = 30_000
"""Of one job at most: each is in memory, and SQLite takes no more ids in one statement."""


def begin(session: Session, installation_id: str, now: datetime) -> SalesforceBulkJob | None:
    """Take up to `MESSAGES` that an org is owed; None when none is due. The job is ours while its lease runs.

    Left to the dispatcher: all about people who may take something back at any moment, and are to be heard at once.
    """
    taken = claim_messages(session, installation_id, limit=MESSAGES, now=now, lease_for=HOLD)
    subjects = {owed.message.subject for owed in taken.owed}
    quick = subjects & {*_taken_back(taken), *_may_take_back(session, installation_id)}
    if quick:
        let_go(session, installation_id, taken.lease, now, subjects=quick)
    if subjects == quick:
        return None
    made = SalesforceBulkJob(
        installation_id=installation_id, claim=taken.lease, begun_at=now, lease=new_id(), leased_until=now + LEASE
    )
    session.add(made)
    session.flush()
    return made


def _taken_back(taken: Claim) -> set[str]:
    return {owed.message.subject for owed in taken.owed if owed.message.kind == WITHDRAWN}


def _may_take_back(session: Session, installation_id: str) -> set[str]:
    """Whoever has a live yes to facing the screen."""
    people = (
        select(Recipient)
        .join(AttentionVisit, AttentionVisit.recipient_id == Recipient.id)
        .where(Recipient.installation_id == installation_id)
        .distinct()
    )
    return {subject_of(recipient) for recipient in session.scalars(people)}


def claim(session: Session, now: datetime) -> SalesforceBulkJob | None:
    """Take over a job that nobody is at, the oldest first."""
    unheld = or_(SalesforceBulkJob.leased_until.is_(None), SalesforceBulkJob.leased_until <= now)
    waiting = select(SalesforceBulkJob).where(unheld).order_by(SalesforceBulkJob.begun_at).limit(1)
    found = session.scalars(waiting.with_for_update(skip_locked=True)).first()
    if found is not None:
        found.lease, found.leased_until = new_id(), now + LEASE
        session.flush()
    return found


def waits(session: Session, now: datetime) -> bool:
    """Whether there is one to take over."""
    unheld = or_(SalesforceBulkJob.leased_until.is_(None), SalesforceBulkJob.leased_until <= now)
    return session.scalar(select(SalesforceBulkJob.id).where(unheld).limit(1)) is not None


def keep(session: Session, job: SalesforceBulkJob, now: datetime, values: Mapping[str, object]) -> bool:
    """We are still at it, and what is known of it by now; False when somebody else is."""
    return _set(session, job, {"leased_until": now + LEASE, **values})


def put_off(session: Session, job: SalesforceBulkJob, until: datetime) -> None:
    """Nobody goes on with it before then."""
    _set(session, job, {"lease": None, "leased_until": until})


def end(session: Session, job: SalesforceBulkJob, now: datetime) -> None:
    """It is settled; what of its messages wasn't, is anybody's."""
    let_go(session, job.installation_id, job.claim, now)
    held = session.get(SalesforceBulkJob, job.id)
    if held is not None:
        session.delete(held)


def owed_more_than(session: Session, number: int, now: datetime) -> Sequence[str]:
    """The connected orgs that are owed more than so many messages now."""
    connected = select(Installation.id).join(Credential, Credential.installation_id == Installation.id)
    return [
        installation_id
        for installation_id in session.scalars(connected.where(Installation.connector == NAME))
        if _due(session, installation_id, number + 1, now) > number
    ]


def _due(session: Session, installation_id: str, most: int, now: datetime) -> int:
    due = select(Delivery.id).where(
        Delivery.status == DeliveryStatus.PENDING, Delivery.installation_id == installation_id, Delivery.due_at <= now
    )
    return session.scalar(select(func.count()).select_from(due.limit(most).subquery())) or 0


def _set(session: Session, job: SalesforceBulkJob, values: Mapping[str, object]) -> bool:
    mine = (SalesforceBulkJob.id == job.id, SalesforceBulkJob.lease == job.lease)
    changed = session.execute(update(SalesforceBulkJob).where(*mine).values(dict(values)))
    return cast("CursorResult[object]", changed).rowcount == 1
