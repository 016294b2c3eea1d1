"""Tables: recipients and their last sealed snapshot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class Recipient(Entity):
    """One person a link can be made for; the person's data stays in the CRM, here is only the reference."""

    __tablename__ = "recipient"
    __table_args__ = (UniqueConstraint("installation_id", "external_type", "external_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id"))
    external_type: Mapped[str]
    """The CRM's object type, such as `contact`."""
    external_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class ProfileSnapshot(Entity):
    """The last values read for a recipient, sealed (AES-GCM, bound to the recipient): the stand-in for a late CRM."""

    __tablename__ = "profile_snapshot"

    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    read_at: Mapped[datetime]
