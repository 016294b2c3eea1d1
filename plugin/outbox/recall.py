"""Taking back what a CRM is owed about a visit, before it is told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import structlog
from sqlalchemy import delete, literal_column, select, update
from sqlalchemy.orm import Session

from plugin.outbox.models import Delivery, DeliveryStatus

log = structlog.get_logger()

_PLAIN = {"synchronize_session": False}


def recall(
    session: Session,
    installation_id: str,
    subject: str,
    visit_ids: Collection[str],
    *,
    but: Collection[str] = frozenset(),
) -> int:
    """Forget every message about these visits of one CRM record that hasn't been delivered; returns how many.

    Messages of a kind in `but` stay owed: those that tell the CRM to forget in its turn.
    Dead ones too, as an admin could send them on their way again. A message in flight at this moment can't be called
    back and may still arrive, but it is never tried again. Until its dispatcher is done with it, what is owed of the
    same record waits behind it: a word to forget never comes before what it is about.
    """
    untold = [
        (id_, lease)
        for status in (DeliveryStatus.PENDING, DeliveryStatus.DEAD)
        for id_, kind, payload, lease in session.execute(_of(installation_id, subject, status))
        if payload.get("visit_id") in visit_ids and kind not in but
    ]
    if untold:
        in_flight = [id_ for id_, lease in untold if lease is not None]
        waiting = [id_ for id_, lease in untold if lease is None]
        session.execute(
            update(Delivery).where(Delivery.id.in_(in_flight)).values(recalled=True), execution_options=_PLAIN
        )
        session.execute(delete(Delivery).where(Delivery.id.in_(waiting)), execution_options=_PLAIN)
        log.info("delivery.recalled", installation_id=installation_id, messages=len(untold))
    return len(untold)


def _of(installation_id: str, subject: str, status: DeliveryStatus) -> Any:
    """A subject's messages, locked from its first on, as a claim takes them (`lease.claim`): neither deadlocks."""
    return (
        select(Delivery.id, Delivery.kind, Delivery.payload, Delivery.lease)
        .where(
            # Inlined rather than bound: SQLite uses a partial index only when it can read the constant.
            Delivery.status == literal_column(f"'{status}'"),
            Delivery.installation_id == installation_id,
            Delivery.subject == subject,
        )
        .order_by(Delivery.id)
        .with_for_update()
    )
