"""Tables: what we know of each contact, how each message was told, and what we made in a portal."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from plugin.kernel.clock import utcnow
from plugin.kernel.database import Entity
from plugin.outbox.models import Sequence

_PORTAL = "installation.id"


class HubSpotContact(Entity):
    """One contact of one portal: what was told about them so far, and what they hang together with.

    `folded` holds absolute values (counts, latest times, highest coverage) made from messages, each taken in once: so
    writing them to the contact's properties twice is harmless.
    """

    __tablename__ = "hubspot_contact"
    __table_args__ = (Index(None, "installation_id", "moved_to"),)

    installation_id: Mapped[str] = mapped_column(ForeignKey(_PORTAL, ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[str] = mapped_column(primary_key=True)
    moved_to: Mapped[str | None]
    """The contact this one was merged into."""
    gone_at: Mapped[datetime | None]
    company_id: Mapped[str | None]
    """The primary company when last looked: so that contact, company and deals can be read at once."""
    deal_ids: Mapped[list[Any]] = mapped_column(default=list)
    associated_at: Mapped[datetime | None]
    folded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)


class TellingState(StrEnum):
    """Where the telling of one message stands."""

    FOLDED = "folded"
    """Taken into the contact's properties; its timeline form isn't sent yet."""
    SENDING = "sending"
    """Sent, answer unknown: whoever finds it so must look before sending again."""
    TOLD = "told"


class HubSpotTelling(Entity):
    """How one message was told: the ledger that lets nothing be told twice, in whatever mode."""

    __tablename__ = "hubspot_telling"
    __table_args__ = (Index(None, "installation_id", "visit_id"), Index(None, "at"))

    key: Mapped[str] = mapped_column(primary_key=True)
    """The message's idempotency key."""
    installation_id: Mapped[str]
    contact_id: Mapped[str]
    visit_id: Mapped[str]
    form: Mapped[str]
    """The timeline form chosen at the first attempt, and kept: none | media_bridge | custom_events | app_events."""
    state: Mapped[str] = mapped_column(default=TellingState.FOLDED)
    batch: Mapped[str | None]
    """The call it went out with: a batch that is all or nothing is repeated as it was."""
    under_way_until: Mapped[datetime | None]
    """While sending: how long that call may still be on its way; before then nobody can tell what became of it."""
    at: Mapped[datetime] = mapped_column(default=utcnow)


class HubSpotNote(Entity):
    """The one note of one visit."""

    __tablename__ = "hubspot_note"
    __table_args__ = (Index(None, "at"),)

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    installation_id: Mapped[str]
    contact_id: Mapped[str]
    note_id: Mapped[str | None]
    """HubSpot's id; None while it is being made, and whoever finds it so must look whether it was."""
    revision: Mapped[int] = mapped_column(default=0)
    """The summary it holds."""
    bare: Mapped[str | None]
    """What it is to say once the share of facing the screen is withdrawn; None: no share stands in it, or may."""
    withdrawn: Mapped[int] = mapped_column(default=0)
    """Of summaries up to this one the share is withdrawn, and isn't told any more."""
    under_way_until: Mapped[datetime | None]
    """While it is being made: how long that call may still be on its way."""
    at: Mapped[datetime] = mapped_column(default=utcnow)


class HubSpotAsset(Entity):
    """Something that exists in a portal because we made it: what uninstalling may remove, and nothing else."""

    __tablename__ = "hubspot_asset"

    installation_id: Mapped[str] = mapped_column(ForeignKey(_PORTAL, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """property_group | property | event_definition | media_type."""
    name: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(default=utcnow)


class HubSpotCallback(Entity):
    """One call of the workflow action, by HubSpot's id of it: the same call again gets the same answer."""

    __tablename__ = "hubspot_callback"

    installation_id: Mapped[str] = mapped_column(primary_key=True)
    callback_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    campaign_id: Mapped[str | None]
    link_id: Mapped[str | None]
    """The link given, to be signed anew whenever it is told: no address is kept."""
    state: Mapped[str]
    """working | waiting | blocked | answered: see `inbound.callbacks`."""
    written: Mapped[bool] = mapped_column(default=False)
    """The link stands in the contact's property."""
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why there is no link, once that is known: `errorCode` and `why_no_link`."""
    attempts: Mapped[int] = mapped_column(default=0)
    worked_at: Mapped[datetime] = mapped_column(default=utcnow)
    """When a request last took it up."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the worker tries (again); None: there is nothing for it to do."""
    at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


class HubSpotInbox(Entity):
    """Something a webhook told us and we haven't acted on yet; acting twice on it changes nothing."""

    __tablename__ = "hubspot_inbox"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    """Also the order they are acted on, as they came."""
    installation_id: Mapped[str] = mapped_column(ForeignKey(_PORTAL, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(unique=True)
    """Of what was told: told again before it was acted on, it is one row."""
    kind: Mapped[str]
    """erased | deleted | merged | changed."""
    contact_id: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
    due_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    at: Mapped[datetime] = mapped_column(default=utcnow)


class HubSpotAskedAgain(Entity):
    """When somebody last asked on the card that a contact's link be sent again: asked twice at once, it is once."""

    __tablename__ = "hubspot_asked_again"

    installation_id: Mapped[str] = mapped_column(ForeignKey(_PORTAL, ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[str] = mapped_column(primary_key=True)
    campaign_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
