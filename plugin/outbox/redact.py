"""Taking one thing out of messages, told or not: what a person withdrew must not stand in our copies either."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.outbox.models import Delivery


def redact(session: Session, keys: Collection[str], name: str) -> int:
    """Drop `name` from the payloads of the messages with these keys; returns how many held it.

    What is in flight at this moment may still arrive whole; a message that tells the CRM to forget, enqueued after
    this, comes behind it, as one subject's messages keep their order.
    """
    held = session.scalars(select(Delivery).where(Delivery.key.in_(keys)).order_by(Delivery.id).with_for_update())
    found = [delivery for delivery in held if name in delivery.payload]
    for delivery in found:
        delivery.payload = {key: value for key, value in delivery.payload.items() if key != name}
    session.flush()
    return len(found)
