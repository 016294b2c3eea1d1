"""What we know of a portal and what its admin chose, as kept in `Installation.config`: no secret is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.accounts.models import Installation
from plugin.kernel.errors import BadInput, NotFound

Auth = Literal["static", "oauth"]
Timeline = Literal["none", "media_bridge", "custom_events", "app_events"]
TIMELINES: tuple[Timeline, ...] = ("app_events", "media_bridge", "custom_events", "none")
"""The forms an event can take on a contact's timeline beside properties and note, the best first."""

LIMIT_OAUTH = 110
LIMITS: Mapping[str, int] = {"free": 100, "starter": 100, "professional": 190, "enterprise": 190}
"""Calls in ten seconds by tier, for an app of the portal's own; one installed by OAuth has 110."""


@dataclass(frozen=True, slots=True)
class PortalConfig:
    """One portal as last probed."""

    auth: Auth = "static"
    app_id: str = ""
    scopes: tuple[str, ...] = ()
    """Granted."""
    tier: str = ""
    """free | starter | professional | enterprise, as far as it can be told; empty: not told."""
    time_zone: str = "UTC"
    utc_offset_ms: int = 0
    currency: str = ""
    ui_domain: str = ""
    """Where this portal's users work, such as `app-eu1.hubspot.com`."""
    possible: tuple[Timeline, ...] = ("none",)
    """The timeline forms this portal allows."""
    chosen: Timeline | None = None
    """The admin's choice; None: the best there is."""
    events: Mapping[str, str] = field(default_factory=dict)
    """Our event names → the portal's fully qualified ones."""
    calls_per_10s: int = 100
    probed_at: str | None = None
    """ISO 8601."""
    problem: str | None = None
    """What keeps the connection from working, in words for the admin."""

    @property
    def timeline(self) -> Timeline:
        """The form in force."""
        if self.chosen is not None and self.chosen in self.possible:
            return self.chosen
        return next(form for form in TIMELINES if form in self.possible or form == "none")

    @property
    def probed(self) -> datetime | None:
        """When it was last looked at."""
        return datetime.fromisoformat(self.probed_at) if self.probed_at else None

    def as_json(self) -> dict[str, Any]:
        """As kept."""
        return {**asdict(self), "events": dict(self.events)}


def config_of(kept: Mapping[str, Any]) -> PortalConfig:
    """The config as kept by this or an earlier version: unknown is left out, missing takes its default."""
    known = {name: kept[name] for name in PortalConfig.__dataclass_fields__ if name in kept}
    for name in ("scopes", "possible"):
        if name in known:
            known[name] = tuple(known[name])
    return PortalConfig(**known)


def change_config(
    session: Session, installation_id: str, change: Callable[[PortalConfig], PortalConfig]
) -> PortalConfig:
    """Change what is kept of a portal, whoever else changes another part of it meanwhile; raises `NotFound`."""
    row = session.scalar(select(Installation).where(Installation.id == installation_id).with_for_update())
    if row is None:
        raise NotFound("this HubSpot account isn't connected")
    changed = change(config_of(row.config))
    row.config = changed.as_json()
    session.flush()
    return changed


def choose_timeline(session: Session, installation_id: str, chosen: Timeline | None) -> PortalConfig:
    """Tell what comes in this form from now on; None: the best there is. Raises `BadInput` where it isn't possible."""

    def changed(config: PortalConfig) -> PortalConfig:
        if chosen is not None and chosen not in config.possible:
            possible = ", ".join(form for form in TIMELINES if form in config.possible)
            raise BadInput(f"this account doesn't allow {chosen}; it allows: {possible}")
        return replace(config, chosen=chosen)

    return change_config(session, installation_id, changed)
