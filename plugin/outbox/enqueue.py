"""Writing down what a CRM is owed, in the transaction of what caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import insert_ignoring
from plugin.outbox.models import Delivery, DeliveryStatus


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is owed.

    `subject` is `type:external id` of the CRM record; `payload` is JSON and holds `occurred_at` (ISO 8601), ids and
    engagement, never a person's values.
    """

    installation_id: str
    key: str
    kind: str
    subject: str
    payload: Mapping[str, Any]


def enqueue(session: Session, drafts: Sequence[Draft], *, clock: Clock = utcnow) -> None:
    """Owe each draft to its CRM once: a key already owed, delivered or dead is left as it stands.

    Joins the caller's transaction, so the message exists exactly when its cause does. Messages of one subject go out
    in the order they are enqueued; of two transactions at once, whichever committed first may go first.
    """
    if not drafts:
        return
    now = clock()
    session.execute(
        insert_ignoring(session.get_bind().dialect.name, cast("Table", Delivery.__table__), ["key"]),
        [
            {
                "installation_id": draft.installation_id,
                "key": draft.key,
                "kind": draft.kind,
                "subject": draft.subject,
                "payload": dict(draft.payload),
                "status": DeliveryStatus.PENDING,
                "due_at": now,
                "recalled": False,
                "attempts": 0,
                "wait_s": 0.0,
                "owed_since": now,
                "created_at": now,
            }
            for draft in drafts
        ],
    )
