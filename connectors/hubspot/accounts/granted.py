"""Which scopes a portal granted: as its OAuth grant says, else found by calls that change nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.accounts.oauth import OAuth
from connectors.hubspot.accounts.scopes import ALL
from connectors.hubspot.api.errors import (
    Disconnected,
    HubSpotError,
    Locked,
    MissingScopes,
    TooMany,
    Unreachable,
    Unwell,
)
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.api.version import API, MEDIA_BRIDGE, TIMELINE

AT_ONCE = 4
WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A call that shows a scope: one that reads a single thing, or writes an empty batch."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None


_ONE = (("limit", "1"),)
_NOTHING: Mapping[str, Any] = {"inputs": []}

TRIALS: Mapping[str, Trial] = {
    "crm.objects.contacts.read": Trial("GET", f"/crm/objects/{API}/contacts", _ONE),
    "crm.objects.contacts.write": Trial("POST", f"/crm/objects/{API}/contacts/batch/update", body=_NOTHING),
    "crm.schemas.contacts.read": Trial("GET", f"/crm/properties/{API}/contacts/groups"),
    "crm.schemas.contacts.write": Trial("POST", f"/crm/properties/{API}/contacts/batch/create", body=_NOTHING),
    "crm.objects.companies.read": Trial("GET", f"/crm/objects/{API}/companies", _ONE),
    "crm.objects.deals.read": Trial("GET", f"/crm/objects/{API}/deals", _ONE),
    "crm.lists.read": Trial("GET", f"/crm/lists/{API}", (("listIds", "0"),)),
    "communication_preferences.read": Trial("GET", f"/communication-preferences/{API}/definitions"),
    "automation": Trial("POST", f"/automation/actions/callbacks/{API}/complete", body=_NOTHING),
    # An event without its mandatory parts is refused for them, once the scope is there.
    "media_bridge.write": Trial("POST", f"/media-bridge/{MEDIA_BRIDGE}/events/media-played", body={}),
    "behavioral_events.event_definitions.read_write": Trial("GET", f"/events/custom/{API}/event-definitions", _ONE),
    "analytics.behavioral_events.send": Trial("POST", f"/events/custom/{API}/send/batch", body=_NOTHING),
    "timeline": Trial("POST", f"/integrators/timeline/{TIMELINE}/events/batch", body=_NOTHING),
}
"""`oauth` needs none: the account's details are read by it. Nothing shows `media_bridge.read` to an account's token."""


def by_introspection(oauth: OAuth, access_token: str) -> tuple[str, ...] | None:
    """What the token endpoint says of a token that is in force; None when it doesn't name scopes."""
    told = oauth.introspect(access_token)
    scopes = told.get("scopes")
    if isinstance(scopes, str):
        scopes = scopes.split()
    named = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    return tuple(named) or None


def by_trial(api: HubSpotApi, known: Collection[str]) -> tuple[str, ...]:
    """Ask once for each scope; where HubSpot is unwell just then, what was `known` before stands.

    Raises `Disconnected` when the token isn't taken at all.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hubspot-probe") as pool:
        shown = dict(zip(TRIALS, pool.map(lambda scope: _shown(api, scope, known), TRIALS), strict=True))
    return tuple(scope.name for scope in ALL if shown.get(scope.name, scope.name == "oauth"))


def _shown(api: HubSpotApi, scope: str, known: Collection[str]) -> bool:
    trial = TRIALS[scope]
    try:
        api.read(trial.method, trial.path, query=trial.query, body=trial.body, within_s=WITHIN_S)
    except MissingScopes:
        return False
    except (Unreachable, Unwell, TooMany, Locked):
        return scope in known
    except Disconnected:
        raise
    except HubSpotError as error:
        # Refused for what the call lacks, not for who asks: the scope is there.
        return error.status != 403
    return True
