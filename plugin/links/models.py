"""Tables: links and the keys that sign them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class SigningKey(Entity):
    """A key that signs tokens; retired ones still verify until every link they signed has expired.

    Of each algorithm at most one is not retired, so two processes that both need the first key end with the same one.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        Index(
            "uq_signing_key_signer",
            "algorithm",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    """HS256 | EdDSA: a kid verifies under this one and no other."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    retired_at: Mapped[datetime | None]
    verifies_until: Mapped[datetime | None]
    """Once retired: when the last link it signed ends."""


class Link(Entity):
    """One recipient's way to one campaign's video; the token is signed on export and never stored."""

    __tablename__ = "link"
    __table_args__ = (Index(None, "campaign_id", "recipient_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"))
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"))
    kid: Mapped[str]
    issued_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
