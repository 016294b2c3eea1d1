"""Which scopes there are, on which tier, and what each path needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from connectors.hubspot.sandbox.definitions import ObjectType

TIERS = ("free", "starter", "professional", "enterprise")

_LEAST_TIER = {
    "automation": "professional",
    "behavioral_events.event_definitions.read_write": "enterprise",
    "analytics.behavioral_events.send": "enterprise",
    "communication_preferences.statuses.batch.read": "professional",
    "communication_preferences.statuses.batch.write": "professional",
}
_EVERYWHERE = (
    "oauth",
    *(
        f"crm.{what}.{kind}.{verb}"
        for what in ("objects", "schemas")
        for kind in ("contacts", "companies", "deals")
        for verb in ("read", "write")
    ),
    "crm.lists.read",
    "crm.lists.write",
    "communication_preferences.read",
    "communication_preferences.write",
    "communication_preferences.read_write",
    "media_bridge.read",
    "media_bridge.write",
    "timeline",
)
SCOPES = (*_EVERYWHERE, *_LEAST_TIER)
OAUTH_ONLY = frozenset({"media_bridge.read", "media_bridge.write", "timeline"})
"""Not given to a private app unless it is made with them by name: whether HubSpot does is unconfirmed."""
DEVELOPER = frozenset({"developers-read", "developers-write"})


def grantable(tier: str, *, app_events: bool) -> frozenset[str]:
    """What an account of this tier can give an app; `timeline` only to an app approved for app events."""
    level = TIERS.index(tier)
    found = {scope for scope in SCOPES if level >= TIERS.index(_LEAST_TIER.get(scope, "free"))}
    return frozenset(found if app_events else found - {"timeline"})


def reading(kind: ObjectType) -> tuple[str, ...]:
    """Any of these reads its records."""
    return (f"crm.objects.{kind.scope}.read",)


def writing(kind: ObjectType) -> tuple[str, ...]:
    """Any of these writes its records."""
    return (f"crm.objects.{kind.scope}.write",)


def reading_schema(kind: ObjectType) -> tuple[str, ...]:
    """Any of these reads its properties' definitions."""
    return tuple(f"crm.{what}.{kind.scope}.read" for what in ("schemas", "objects")) + writing(kind)


def writing_schema(kind: ObjectType) -> tuple[str, ...]:
    """Any of these changes its properties' definitions."""
    return (f"crm.schemas.{kind.scope}.write",)


def unknown(scopes: Iterable[str]) -> list[str]:
    """Those HubSpot has never heard of."""
    return [scope for scope in scopes if scope not in SCOPES and scope not in DEVELOPER]


def holds(granted: Collection[str], any_of: Collection[str]) -> bool:
    """Whether one of them is granted; nothing asked is always held."""
    return not any_of or any(scope in granted for scope in any_of)
