"""How many of the org's API calls of today are used: by us, and by everybody together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.salesforce.accounts.config import OrgConfig
from connectors.salesforce.api.allowance import CallCount


@dataclass(frozen=True, slots=True)
class Usage:
    """`ours` of `our_most` since midnight UTC; `org` of `org_most` in 24 hours, as the org last said.

    `closed_until`: the org said that nothing is left.
    """

    ours: int
    our_most: int
    org: int
    org_most: int
    closed_until: datetime | None


def usage(session: Session, installation_id: str, config: OrgConfig, now: datetime) -> Usage:
    """As counted by all processes together; the org's figure is never less than ours, which is newer."""
    row = session.get(CallCount, (installation_id, now.date()))
    told = row is not None and row.org_max > 0
    closed = row.closed_until if row is not None and row.closed_until is not None and row.closed_until > now else None
    ours = row.ours if row is not None else 0
    org = max(row.org_used, config.daily_used) if row is not None and told else config.daily_used
    return Usage(
        ours=ours,
        our_most=round(config.daily_max * config.share),
        org=max(org, ours),
        org_most=row.org_max if row is not None and told else config.daily_max,
        closed_until=closed,
    )
