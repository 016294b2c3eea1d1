"""What a portal allows, by the scopes it granted and the limits it showed: edition, timeline forms. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from connectors.hubspot.accounts import assets
from connectors.hubspot.accounts.config import LIMIT_OAUTH, LIMITS, TIMELINES, Auth, PortalConfig, Timeline
from connectors.hubspot.accounts.scopes import missing

MEDIA_WRITE = "media_bridge.write"
EVENTS_DEFINE = "behavioral_events.event_definitions.read_write"
EVENTS_SEND = "analytics.behavioral_events.send"
APP_EVENTS = "timeline"

NAMES: Mapping[Timeline, str] = {
    "app_events": "app events",
    "media_bridge": "HubSpot's own video sessions (Media Bridge)",
    "custom_events": "custom events",
    "none": "properties and a note, nothing else",
}
TIERS: Mapping[str, str] = {
    "": "not told",
    "free": "Free or Starter",
    "starter": "Starter",
    "professional": "Professional",
    "enterprise": "Enterprise",
}
_DAILY_PROFESSIONAL, _DAILY_ENTERPRISE = 500_000, 1_000_000
_TEN_S_PROFESSIONAL = 150
_LEAST_CALLS, _MOST_CALLS = 10, 1_000


@dataclass(frozen=True, slots=True)
class Mode:
    """One timeline form and whether this portal allows it; `needs` says what it would take, empty when possible."""

    form: Timeline
    possible: bool
    needs: str = ""

    @property
    def name(self) -> str:
        """In words."""
        return NAMES[self.form]


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps HubSpot showed; None: it showed none."""

    per_10s: int | None = None
    per_day: int | None = None


def modes_of(scopes: Collection[str], events: Collection[str]) -> tuple[Mode, ...]:
    """Every timeline form, the best first. `events`: our names of the definitions that exist."""
    return tuple(Mode(form, not needs, needs) for form in TIMELINES for needs in [_needs(form, scopes, events)])


def possible_of(modes: Sequence[Mode]) -> tuple[Timeline, ...]:
    """The forms that may be used."""
    return tuple(mode.form for mode in modes if mode.possible)


def _needs(form: Timeline, scopes: Collection[str], events: Collection[str]) -> str:
    if form == "app_events":
        return _lacks((APP_EVENTS,), scopes, "HubSpot grants it to apps it has approved for app events")
    if form == "media_bridge":
        return _lacks((MEDIA_WRITE,), scopes, "an app with OAuth can ask for it")
    if form == "custom_events":
        defined = assets.all_defined(events)
        lacks = _lacks((EVENTS_SEND,) if defined else (EVENTS_DEFINE, EVENTS_SEND), scopes, "it takes Enterprise")
        return lacks or ("" if defined else "setting the account up, which defines the events")
    return ""


def _lacks(wanted: Sequence[str], granted: Collection[str], hint: str) -> str:
    lacking = [scope for scope in wanted if scope not in granted]
    return f"the scope{'s' * (len(lacking) > 1)} {' and '.join(lacking)}; {hint}" if lacking else ""


def tier_of(scopes: Collection[str], limits: Limits, *, auth: Auth) -> str:
    """The edition as far as it can be told; empty: not at all.

    Custom events take Enterprise. The caps on calls differ by edition for an account's own app (static token), not for
    one installed by OAuth; Free and Starter have the same.
    """
    day, ten = limits.per_day, limits.per_10s
    if EVENTS_SEND in scopes or EVENTS_DEFINE in scopes:
        return "enterprise"
    if auth != "static" or (day is None and ten is None):
        return ""
    if day is not None and day >= _DAILY_ENTERPRISE:
        return "enterprise"
    if (day is not None and day >= _DAILY_PROFESSIONAL) or (ten is not None and ten >= _TEN_S_PROFESSIONAL):
        return "professional"
    return "free"


def calls_of(limits: Limits, tier: str, *, auth: Auth) -> int:
    """Calls in ten seconds to keep under: what HubSpot showed, else what it documents for the edition."""
    shown = limits.per_10s
    if shown is None:
        return LIMIT_OAUTH if auth == "oauth" else LIMITS.get(tier, LIMITS["free"])
    return min(max(shown, _LEAST_CALLS), _MOST_CALLS)


def summary(config: PortalConfig) -> tuple[str, ...]:
    """What an admin reads after connecting, a sentence a line."""
    if config.problem:
        return (config.problem,)
    lines = [f"Edition: {TIERS.get(config.tier, config.tier)}. Calls: at most {config.calls_per_10s} in ten seconds."]
    told = "" if config.timeline == "none" else f", and told as {NAMES[config.timeline]}"
    why = "your choice" if config.chosen == config.timeline else "the best this account allows"
    lines.append(f"Each visit is written to the contact's properties and to a note{told} ({why}).")
    lines += [f"For {mode.name}: {mode.needs}." for mode in modes_of(config.scopes, config.events) if mode.needs]
    lines += [
        f"{'Required' if scope.required else 'Not granted'}: {scope.name}. It would add: {scope.adds}"
        for scope in missing(config.scopes)
    ]
    return tuple(lines)
