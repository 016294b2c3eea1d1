"""Links that Marketing Cloud signs as it sends a mail: no call to us, and the link is made when somebody follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.salesforce.marketing.keys import Expired, verified
from connectors.salesforce.names import PREFIXES, long_id
from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock
from plugin.kernel.errors import BadInput, Forbidden
from plugin.kernel.seal import Vault
from plugin.links.errors import LinkExpired, LinkInvalid
from plugin.links.issue import MAX_DAYS, issue_many
from plugin.links.keys import Keyring
from plugin.recipients.enrol import enrol
from plugin.recipients.ports import ExternalRef

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a signed link leads: to the person's own (its token), or for someone who wants none to the public video."""

    slug: str
    token: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose link to which campaign, as one of Marketing Cloud's keys vouches for; `days`: for how long at most."""

    ref: ExternalRef
    campaign_id: str
    slug: str
    days: int


def read(session: Session, vault: Vault, signed: str, *, now: datetime) -> Asked:
    """What a link says that a mail signed. It writes nothing: anybody may ask, as often as they like.

    Raises `LinkInvalid`, or `LinkExpired` once its `exp` is over.
    """
    try:
        found = verified(session, vault, "mail", signed, now=now)
    except Expired as over:
        slug = over.claims.get("campaign")
        known = isinstance(slug, str) and _campaign(session, over.installation_id, slug) is not None
        raise LinkExpired("", str(slug) if known else None) from None
    except Forbidden:
        raise LinkInvalid from None
    ref, slug, days = _read(found.installation_id, found.claims, now)
    campaign = _campaign(session, found.installation_id, slug)
    if campaign is None:
        raise LinkInvalid
    return Asked(ref, campaign.id, slug, days)


def open_door(session: Session, asked: Asked, *, keyring: Keyring, clock: Clock, link_days: int) -> Door:
    """The link of that person and campaign; the same one as long as it lives, however often it is followed.

    Nothing is asked of the org, and nothing counts as opened.
    """
    recipient, days = enrol(session, asked.ref), min(asked.days, link_days)
    issued = issue_many(session, asked.campaign_id, [recipient], keyring=keyring, clock=clock, days=days)
    return Door(asked.slug, issued[recipient].token if recipient in issued else None)


def snippet(origin: str, slug: str, *, key_name: str, days: int) -> str:
    """What goes into the mail, in AMPscript: values in variables, so that nothing is quoted in vain."""
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"a link lives for 1 to {MAX_DAYS} days")
    return "\n".join(
        (
            "%%[",
            'SET @person = AttributeValue("_subscriberkey")',
            f'SET @ends = Multiply(Add(DateDiff("1970-01-01", Now(1), "MI"), {days * 24 * 60}), 60)',
            f'SET @payload = Concat(\'{{"sub":"\', @person, \'","campaign":"{slug}","exp":\', @ends, \'}}\')',
            f'SET @signed = GetJWTByKeyName("{key_name}", "HS256", @payload)',
            f'SET @video = Concat("{origin}/salesforce/mail/", @signed)',
            "]%%",
            '<a href="%%=RedirectTo(@video)=%%">Watch your video</a>',
        )
    )


def _read(installation_id: str, claims: Mapping[str, Any], now: datetime) -> tuple[ExternalRef, str, int]:
    person, slug, ends = claims.get("sub"), claims.get("campaign"), claims.get("exp")
    if not isinstance(person, str) or not isinstance(slug, str) or not isinstance(ends, int | float):
        raise LinkInvalid
    try:
        record_id = long_id(person)
    except BadInput:
        raise LinkInvalid from None
    kind = PREFIXES.get(record_id[:3])
    # Compared before anything is reckoned with it: a whole number may be larger than any float.
    if kind is None or ends > (now + MAX_DAYS * _DAY).timestamp():
        raise LinkInvalid
    left = ends - now.timestamp()
    return ExternalRef(installation_id, kind, record_id), slug, max(1, ceil(left / _DAY.total_seconds()))


def _campaign(session: Session, installation_id: str, slug: str) -> Campaign | None:
    if not slug.isprintable():
        # Half a pair or a NUL: no database takes it.
        return None
    return session.scalar(
        select(Campaign)
        .filter_by(slug=slug[:200], installation_id=installation_id)
        .where(Campaign.published_version.is_not(None))
    )
