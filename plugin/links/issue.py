"""Give recipients their links, reusing what is live: one at a time or thousands in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import Insert, Select, String, Table, bindparam, insert, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.kernel.bulk import among, given, packed
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import UtcDateTime
from plugin.kernel.errors import BadInput, Forbidden, NotFound
from plugin.kernel.ids import new_id
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.links.token import sign
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import in_words, pseudonym_of, reasons
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

MAX_DAYS = 3650
CHUNK = 5000
_TABLE = cast("Table", Link.__table__)


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """Who is to get a link to what."""

    campaign_id: str
    recipient_id: str


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A live link with its signed text; `reused` when it was live already."""

    id: str
    recipient_id: str
    token: str
    expires_at: datetime
    reused: bool


@dataclass(frozen=True, slots=True)
class _Term:
    now: datetime
    days: int
    renew_days: int

    @property
    def reuses_beyond(self) -> datetime:
        return self.now + timedelta(days=self.renew_days)


class RecipientSuppressed(Forbidden):
    """No link is made for this person; `reasons` are those of `privacy.suppress`."""

    def __init__(self, reasons: frozenset[str] = frozenset()) -> None:
        super().__init__(f"this person is suppressed ({in_words(reasons)}): no link is made for them")
        self.reasons = reasons


def issue(
    session: Session,
    order: LinkOrder,
    *,
    keyring: Keyring,
    clock: Clock = utcnow,
    days: int = 90,
    renew_days: int = 0,
) -> IssuedLink:
    """Give one recipient their own link for `days`, reusing it while it is live: then it is the same text again.

    One that would end within `renew_days` is left to end, and a new one is made beside it. Raises `NotFound` for an
    unknown campaign or recipient and `RecipientSuppressed`.
    """
    known = select(Campaign.id).join(Recipient, Recipient.installation_id == Campaign.installation_id)
    if not session.scalar(known.where(Campaign.id == order.campaign_id, Recipient.id == order.recipient_id)):
        raise NotFound("no such recipient in the CRM account of this campaign")
    only = [order.recipient_id]
    issued = issue_many(
        session, order.campaign_id, only, keyring=keyring, clock=clock, days=days, renew_days=renew_days
    )
    if order.recipient_id not in issued:
        raise RecipientSuppressed(_reasons(session, order.recipient_id, keyring))
    return issued[order.recipient_id]


def issue_many(
    session: Session,
    campaign_id: str,
    recipient_ids: Iterable[str],
    *,
    keyring: Keyring,
    clock: Clock = utcnow,
    days: int = 90,
    renew_days: int = 0,
) -> dict[str, IssuedLink]:
    """The links of many recipients by recipient id; whoever is suppressed is missing from the answer."""
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"a link lives for 1 to {MAX_DAYS} days")
    if not 0 <= renew_days < days:
        raise BadInput("links can be renewed 0 days before they end, or more, but fewer than they live")
    term = _Term(clock(), days, renew_days)
    ids = sorted(set(recipient_ids))
    issued: dict[str, IssuedLink] = {}
    for start in range(0, len(ids), CHUNK):
        issued |= _issue_chunk(session, campaign_id, ids[start : start + CHUNK], keyring, term)
    return issued


def _issue_chunk(
    session: Session, campaign_id: str, ids: list[str], keyring: Keyring, term: _Term
) -> dict[str, IssuedLink]:
    suppressed = _suppressed(session, ids, keyring)
    allowed = [recipient_id for recipient_id in ids if recipient_id not in suppressed]
    issued = _live(session, campaign_id, allowed, keyring, term)
    missing = [recipient_id for recipient_id in allowed if recipient_id not in issued]
    if missing and session.get_bind().dialect.name == "postgresql":
        # Two processes may issue to the same person at once: the later waits here, then finds the earlier's link.
        session.execute(_locking(), {"given": packed((recipient_id,) for recipient_id in missing)})
        issued |= _live(session, campaign_id, missing, keyring, term)
        missing = [recipient_id for recipient_id in missing if recipient_id not in issued]
    if missing:
        issued |= _insert(session, campaign_id, missing, keyring, term)
    return issued


def _live(
    session: Session, campaign_id: str, ids: Sequence[str], keyring: Keyring, term: _Term
) -> dict[str, IssuedLink]:
    values = {
        "campaign": campaign_id,
        "until": term.reuses_beyond,
        "given": packed((recipient_id,) for recipient_id in ids),
    }
    rows = session.execute(_lookup(session.get_bind().dialect.name), values)
    live = {}
    for recipient_id, link_id, kid, expires_at in rows:
        # A link whose key is lost can't be opened any more, so it isn't live.
        if key := keyring.kept(session, kid):
            live[recipient_id] = IssuedLink(link_id, recipient_id, sign(link_id, expires_at, key), expires_at, True)
    return live


def _insert(
    session: Session, campaign_id: str, ids: Sequence[str], keyring: Keyring, term: _Term
) -> dict[str, IssuedLink]:
    key = keyring.signer(session)
    issued_at = term.now.replace(microsecond=0)
    expires_at = issued_at + timedelta(days=term.days)
    made = {
        recipient_id: IssuedLink(link_id, recipient_id, sign(link_id, expires_at, key), expires_at, False)
        for recipient_id, link_id in ((recipient_id, new_id()) for recipient_id in ids)
    }
    values = {
        "campaign": campaign_id,
        "kid": key.kid,
        "issued_at": issued_at,
        "expires_at": expires_at,
        "given": packed((link.id, link.recipient_id) for link in made.values()),
    }
    session.execute(_adding(session.get_bind().dialect.name), values)
    return made


def _reasons(session: Session, recipient_id: str, keyring: Keyring) -> frozenset[str]:
    person = session.get_one(Recipient, recipient_id)
    ref = ExternalRef(person.installation_id, person.external_type, person.external_id)
    return reasons(session, pseudonym_of(keyring.vault, ref))


def _suppressed(session: Session, ids: Sequence[str], keyring: Keyring) -> set[str]:
    if session.scalar(select(Suppression.pseudonym).limit(1)) is None:
        return set()
    dialect = session.get_bind().dialect.name
    people = session.execute(_refs(dialect), {"given": packed((recipient_id,) for recipient_id in ids)})
    pseudonyms = {
        pseudonym_of(keyring.vault, ExternalRef(row.installation_id, row.external_type, row.external_id)): row.id
        for row in people
    }
    rows = session.scalars(_suppressions(dialect), {"given": packed((pseudonym,) for pseudonym in pseudonyms)})
    return {pseudonyms[pseudonym] for pseudonym in rows}


@cache
def _lookup(dialect: str) -> Select[str, str, str, datetime]:
    return (
        select(Link.recipient_id, Link.id, Link.kid, Link.expires_at)
        .where(
            Link.campaign_id == bindparam("campaign"),
            among(dialect, Link.recipient_id),
            Link.revoked_at.is_(None),
            Link.expires_at > bindparam("until"),
        )
        .order_by(Link.expires_at)
    )


@cache
def _locking() -> Select[str]:
    people = select(Recipient.id).where(among("postgresql", Recipient.id))
    # In one order for all, so that two batches can't wait for each other in a ring.
    return people.order_by(Recipient.id).with_for_update(of=Recipient, key_share=True)


@cache
def _adding(dialect: str) -> Insert:
    fresh = given(dialect, "id", "recipient_id")
    shared = (
        bindparam("campaign", type_=String()),
        bindparam("kid", type_=String()),
        bindparam("issued_at", type_=UtcDateTime()),
        bindparam("expires_at", type_=UtcDateTime()),
    )
    columns = ("id", "recipient_id", "campaign_id", "kid", "issued_at", "expires_at")
    return insert(_TABLE).from_select(columns, select(fresh.c.id, fresh.c.recipient_id, *shared), False)


@cache
def _refs(dialect: str) -> Select[str, str, str, str]:
    columns = (Recipient.id, Recipient.installation_id, Recipient.external_type, Recipient.external_id)
    return select(*columns).where(among(dialect, Recipient.id))


@cache
def _suppressions(dialect: str) -> Select[str]:
    return select(Suppression.pseudonym).where(among(dialect, Suppression.pseudonym))
