"""Give recipients their links, reusing what is live: one at a time or thousands in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput, Forbidden, NotFound
from plugin.kernel.ids import new_id
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.links.token import sign
from plugin.privacy.models import Suppression
from plugin.recipients.models import Recipient

MAX_DAYS = 3650
CHUNK = 5000
_TABLE = cast("Table", Link.__table__)
_LIVE = (
    select(Link.recipient_id, Link.id, Link.kid, Link.expires_at)
    .where(
        Link.campaign_id == bindparam("campaign"),
        Link.recipient_id.in_(bindparam("recipients", expanding=True)),
        Link.revoked_at.is_(None),
        Link.expires_at > bindparam("now"),
    )
    .order_by(Link.expires_at)
)
_REFS = select(Recipient.id, Recipient.installation_id, Recipient.external_type, Recipient.external_id).where(
    Recipient.id.in_(bindparam("recipients", expanding=True))
)


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


class RecipientSuppressed(Forbidden):
    """This person asked not to be addressed."""

    def __init__(self) -> None:
        super().__init__("this person is suppressed: no link is made for them")


def issue(session: Session, order: LinkOrder, *, keyring: Keyring, clock: Clock = utcnow, days: int = 90) -> IssuedLink:
    """Give one recipient their own link for `days`, reusing it while it is live: then it is the same text again.

    Raises `NotFound` for an unknown campaign or recipient and `RecipientSuppressed`.
    """
    known = select(Campaign.id).join(Recipient, Recipient.installation_id == Campaign.installation_id)
    if not session.scalar(known.where(Campaign.id == order.campaign_id, Recipient.id == order.recipient_id)):
        raise NotFound("no such recipient in the CRM account of this campaign")
    issued = issue_many(session, order.campaign_id, [order.recipient_id], keyring=keyring, clock=clock, days=days)
    if order.recipient_id not in issued:
        raise RecipientSuppressed
    return issued[order.recipient_id]


def issue_many(
    session: Session,
    campaign_id: str,
    recipient_ids: Iterable[str],
    *,
    keyring: Keyring,
    clock: Clock = utcnow,
    days: int = 90,
) -> dict[str, IssuedLink]:
    """The links of many recipients by recipient id; whoever is suppressed is missing from the answer."""
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"a link lives for 1 to {MAX_DAYS} days")
    ids = sorted(set(recipient_ids))
    issued: dict[str, IssuedLink] = {}
    for start in range(0, len(ids), CHUNK):
        issued |= _issue_chunk(session, campaign_id, ids[start : start + CHUNK], keyring, clock(), days)
    return issued


def _issue_chunk(
    session: Session, campaign_id: str, ids: list[str], keyring: Keyring, now: datetime, days: int
) -> dict[str, IssuedLink]:
    suppressed = _suppressed(session, ids, keyring)
    allowed = [recipient_id for recipient_id in ids if recipient_id not in suppressed]
    issued = _live(session, campaign_id, allowed, keyring, now)
    missing = [recipient_id for recipient_id in allowed if recipient_id not in issued]
    if missing and session.get_bind().dialect.name == "postgresql":
        # Two processes may issue to the same person at once: the later waits here, then finds the earlier's link.
        session.execute(select(Recipient.id).where(Recipient.id.in_(missing)).order_by(Recipient.id).with_for_update())
        issued |= _live(session, campaign_id, missing, keyring, now)
        missing = [recipient_id for recipient_id in missing if recipient_id not in issued]
    if missing:
        issued |= _insert(session, campaign_id, missing, keyring, now, days)
    return issued


def _live(
    session: Session, campaign_id: str, ids: Sequence[str], keyring: Keyring, now: datetime
) -> dict[str, IssuedLink]:
    rows = session.execute(_LIVE, {"campaign": campaign_id, "recipients": ids, "now": now})
    live = {}
    for recipient_id, link_id, kid, expires_at in rows:
        # A link whose key is lost can't be opened any more, so it isn't live.
        if key := keyring.find(kid):
            live[recipient_id] = IssuedLink(link_id, recipient_id, sign(link_id, expires_at, key), expires_at, True)
    return live


def _insert(
    session: Session, campaign_id: str, ids: Sequence[str], keyring: Keyring, now: datetime, days: int
) -> dict[str, IssuedLink]:
    key = keyring.signer(session)
    issued_at = now.replace(microsecond=0)
    expires_at = issued_at + timedelta(days=days)
    made = {
        recipient_id: IssuedLink(link_id, recipient_id, sign(link_id, expires_at, key), expires_at, False)
        for recipient_id, link_id in ((recipient_id, new_id()) for recipient_id in ids)
    }
    shared = {"campaign_id": campaign_id, "kid": key.kid, "issued_at": issued_at, "expires_at": expires_at}
    rows = [{"id": link.id, "recipient_id": link.recipient_id, **shared} for link in made.values()]
    session.execute(insert(_TABLE), rows)
    return made


def _suppressed(session: Session, ids: Sequence[str], keyring: Keyring) -> set[str]:
    if session.scalar(select(Suppression.pseudonym).limit(1)) is None:
        return set()
    pseudonyms = {
        keyring.vault.pseudonym("suppression", f"{installation}|{external_type}|{external_id}"): recipient_id
        for recipient_id, installation, external_type, external_id in session.execute(_REFS, {"recipients": ids})
    }
    rows = session.scalars(select(Suppression.pseudonym).where(Suppression.pseudonym.in_(pseudonyms)))
    return {pseudonyms[pseudonym] for pseudonym in rows}
