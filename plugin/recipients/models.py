"""Tables: recipients, their last sealed snapshot, and what came of them in the CRM."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
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


class Outcome(Entity):
    """Something in the CRM that counts as success, such as a deal, as it last stood: for revenue by campaign later.

    Kept only when it concerns a recipient; no name or text of it is.
    """

    __tablename__ = "outcome"

    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """deal."""
    external_id: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str]
    """The CRM's own name of it."""
    state: Mapped[str]
    """open | won | lost."""
    amount: Mapped[str | None]
    """A decimal number as text, in `currency`."""
    currency: Mapped[str | None]
    """ISO 4217."""
    closed_at: Mapped[datetime | None]
    """When it was closed, or is to be."""
    modified_at: Mapped[datetime]
    """In the CRM: an older word never replaces a newer."""


class OutcomePerson(Entity):
    """A CRM record (a contact) that an outcome concerns; a recipient of ours when last looked."""

    __tablename__ = "outcome_person"
    __table_args__ = (
        ForeignKeyConstraint(
            ["installation_id", "kind", "external_id"],
            ["outcome.installation_id", "outcome.kind", "outcome.external_id"],
            ondelete="CASCADE",
        ),
        Index(None, "installation_id", "person_id"),
    )

    installation_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    """`Recipient.external_id`."""
