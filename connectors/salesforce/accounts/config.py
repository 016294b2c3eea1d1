"""What we know of an org and what its admin chose, as kept in `Installation.config`: no secret is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.accounts.models import Installation
from plugin.kernel.errors import NotFound

Auth = Literal["jwt", "client_credentials", "web"]


@dataclass(frozen=True, slots=True)
class OrgConfig:
    """One org as last probed."""

    auth: Auth = "jwt"
    login: str = "https://login.salesforce.com"
    """Where tokens come from: production, `test.salesforce.com`, or the org's My Domain."""
    name: str = ""
    """As its people call it."""
    edition: str = ""
    is_sandbox: bool = False
    user_id: str = ""
    username: str = ""
    """As whom we work there."""
    daily_max: int = 15_000
    """Calls the whole org has for 24 hours."""
    daily_used: int = 0
    """Of these, what everybody together had used when last looked at."""
    share: float = 0.5
    """Of these, what is ours at most."""
    engagement: bool = False
    """`Video_Engagement__c` is deployed and our user may write it."""
    member_link: bool = False
    """`CampaignMember.Video_Link__c` is there and ours to write."""
    missing: tuple[str, ...] = ()
    """Of `needs`, what our user can't see or write: `Object.Field`, or an object that isn't there for us."""
    multi_currency: bool = False
    campaign_influence: bool = False
    statuses: Mapping[str, str] = field(
        default_factory=lambda: {"opened": "Opened", "watched": "Watched", "clicked": "Clicked"}
    )
    """What a campaign member's status becomes, in this order and never back; empty text: leave it."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """What our user isn't shown and so can't be followed (`opportunities`, say), and Salesforce's reason."""
    probed_at: str | None = None
    problem: str | None = None

    @property
    def probed(self) -> datetime | None:
        """When it was last looked at."""
        return datetime.fromisoformat(self.probed_at) if self.probed_at else None

    def as_json(self) -> dict[str, Any]:
        """As kept."""
        plain = {"statuses": dict(self.statuses), "hidden": dict(self.hidden), "missing": list(self.missing)}
        return {**asdict(self), **plain}


def config_of(kept: Mapping[str, Any]) -> OrgConfig:
    """The config as kept by this or an earlier version: unknown is left out, missing takes its default."""
    known = {name: kept[name] for name in OrgConfig.__dataclass_fields__ if name in kept}
    if "missing" in known:
        known["missing"] = tuple(known["missing"])
    return OrgConfig(**known)


def change_config(session: Session, installation_id: str, change: Callable[[OrgConfig], OrgConfig]) -> OrgConfig:
    """Change what is kept of an org, whoever else changes another part of it meanwhile; raises `NotFound`."""
    row = session.scalar(select(Installation).where(Installation.id == installation_id).with_for_update())
    if row is None:
        raise NotFound("this Salesforce org isn't connected")
    changed = change(config_of(row.config))
    row.config = changed.as_json()
    session.flush()
    return changed
