"""Tables: consent receipts (append-only) and suppressions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.kernel.ids import new_id


class Regime(StrEnum):
    """A campaign's ground for measuring one person's watching."""

    CONSENT = "consent"
    """Nothing is measured until the person says yes."""
    OPT_OUT = "opt_out"
    """Measured until the person says stop."""
    NONE = "none"
    """Never measured."""


class ConsentState(StrEnum):
    """What a person last said, or what their browser said for them."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SIGNALLED_OFF = "signalled_off"
    """`Sec-GPC: 1`."""


class Purpose(StrEnum):
    """What a consent is for; each is asked on its own."""

    WATCH_TRACKING = "watch_tracking"
    ATTENTION = "attention"
    """Whether one faces the screen, worked out on the viewer's own device."""
    ATTENTION_SERVER = "attention_server"
    """The same on our server, for a browser that can't: pictures leave the device."""
    PERSONALISATION = "personalisation"


class ConsentReceipt(Entity):
    """One decision of one person, in the terms of ISO/IEC TS 27560; rows are added, never changed.

    `principal` is a keyed pseudonym of recipient and campaign, so that the proof can outlive the person's erasure.
    """

    __tablename__ = "consent_receipt"
    __table_args__ = (Index(None, "principal", "purpose", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    principal: Mapped[str]
    campaign_id: Mapped[str]
    purpose: Mapped[str]
    """A `Purpose`."""
    state: Mapped[str]
    """A `ConsentState`."""
    at: Mapped[datetime] = mapped_column(default=utcnow)
    notice: Mapped[dict[str, Any]]
    """version, language, sha256 of the sentence shown, legal_basis, data_categories, controller, retention."""


class Suppression(Entity):
    """A person not to be written to the CRM about, by keyed pseudonym: a re-sync can't resurrect them.

    One row for each reason, as each ends on its own: mail wanted again does not undo an erasure.
    """

    __tablename__ = "suppression"

    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utcnow)
