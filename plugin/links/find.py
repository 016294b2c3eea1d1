"""Links as an operator sees them: where each stands, never whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock, utcnow
from plugin.links.errors import LinkExpired, LinkUnknown
from plugin.links.models import Link
from plugin.links.token import Keys, verify

State = Literal["live", "expired", "revoked"]

_Columns = Row[str, str, str, datetime, datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One link without its recipient."""

    id: str
    campaign_slug: str
    state: State
    kid: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def look(session: Session, token: str, *, keyring: Keys, clock: Clock = utcnow) -> LinkStatus:
    """Where an authentic token's link stands; raises `LinkInvalid` or `LinkUnknown`."""
    now = clock()
    try:
        link_id = verify(token, keyring, now)
    except LinkExpired as error:
        link_id = error.link_id
    row = session.execute(_select().where(Link.id == link_id)).one_or_none()
    if row is None:
        raise LinkUnknown
    return _status(row, now)


def list_links(
    session: Session, campaign_id: str, *, state: State | None = None, limit: int = 50, clock: Clock = utcnow
) -> Sequence[LinkStatus]:
    """A campaign's links, newest first."""
    now = clock()
    chosen = _select().where(Link.campaign_id == campaign_id)
    if state == "revoked":
        chosen = chosen.where(Link.revoked_at.is_not(None))
    elif state is not None:
        ended = Link.expires_at <= now if state == "expired" else Link.expires_at > now
        chosen = chosen.where(Link.revoked_at.is_(None), ended)
    rows = session.execute(chosen.order_by(Link.issued_at.desc(), Link.id).limit(limit))
    return [_status(row, now) for row in rows]


def _select() -> Select[str, str, str, datetime, datetime, datetime | None]:
    columns = (Link.id, Campaign.slug, Link.kid, Link.issued_at, Link.expires_at, Link.revoked_at)
    return select(*columns).join(Campaign, Campaign.id == Link.campaign_id)


def _status(row: _Columns, now: datetime) -> LinkStatus:
    link_id, slug, kid, issued_at, expires_at, revoked_at = row
    state: State = "revoked" if revoked_at else "expired" if expires_at <= now else "live"
    return LinkStatus(link_id, slug, state, kid, issued_at, expires_at, revoked_at)
