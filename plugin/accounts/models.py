"""Tables: members, installations and their sealed credentials."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class Installation(Entity):
    """One CRM account we are connected to; its secrets are sealed elsewhere, never in `config`."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("connector", "account"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    connector: Mapped[str]
    """The connector's name, such as `local`, `hubspot`, `salesforce`."""
    account: Mapped[str]
    """The CRM's own id of the account (portal id, org id); `demo` for the embedded CRM."""
    label: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Credential(Entity):
    """What opens one CRM account for us, sealed (AES-GCM, bound to its row): a stolen database file yields no token.

    `lease` is held by the one process that renews it at this moment.
    """

    __tablename__ = "credential"

    installation_id: Mapped[str] = mapped_column(ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    """Counts renewals."""
    expires_at: Mapped[datetime | None]
    """When the access token in it ends; None: when someone ends it."""
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class Member(Entity):
    """A person of the company who may sign in."""

    __tablename__ = "member"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    password_hash: Mapped[str]
    """Argon2id, encoded."""
    role: Mapped[str]
    """admin | marketer | approver | rep."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
