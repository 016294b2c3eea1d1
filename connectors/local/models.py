"""Tables of the embedded CRM: contacts, their activities, and one engagement row a visit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity, Json
from plugin.kernel.ids import new_id


class Contact(Entity):
    """A person in the CRM; `properties` is free, as CRMs let admins add their own."""

    __tablename__ = "crm_contact"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    """As lists show it; made from the properties."""
    search: Mapped[str] = mapped_column(default="")
    """What the search box looks through, case-folded; made from the properties."""
    properties: Mapped[dict[str, Any]]
    previous: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The properties before the last save, for one undo."""
    revision: Mapped[int] = mapped_column(default=1)
    """Counts saves, so that two people editing notice each other."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    deleted_at: Mapped[datetime | None]


class Activity(Entity):
    """One event told to the CRM, once per idempotency key."""

    __tablename__ = "crm_activity"
    __table_args__ = (Index(None, "contact_id", "occurred_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("crm_contact.id"))
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=utcnow)


class Engagement(Entity):
    """One visit as the rep reads it; a later revision replaces an earlier one, never the reverse."""

    __tablename__ = "crm_engagement"
    __table_args__ = (Index(None, "contact_id", "occurred_at"),)

    session_key: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("crm_contact.id"))
    revision: Mapped[int]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
