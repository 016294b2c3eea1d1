"""Looking at a portal: whether it still lets us in, its edition, scopes, limits, and which timeline forms it allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from connectors.hubspot.accounts import granted
from connectors.hubspot.accounts.abilities import Limits, Mode, calls_of, modes_of, possible_of, summary, tier_of
from connectors.hubspot.accounts.config import PortalConfig, change_config
from connectors.hubspot.accounts.events import defined_events
from connectors.hubspot.accounts.scopes import Scope, missing
from connectors.hubspot.api.errors import Disconnected, HubSpotError, MissingScopes
from connectors.hubspot.api.transport import Answer, HubSpotApi
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal, refreshed
from plugin.kernel.errors import NotFound, SegueError

log = structlog.get_logger()

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""A portal with a problem is looked at more often: its admin may have mended it."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Details:
    """What HubSpot says of an account."""

    portal_id: str
    kind: str
    """STANDARD | SANDBOX | DEVELOPER_TEST | APP_DEVELOPER."""
    time_zone: str
    utc_offset_ms: int
    currency: str
    ui_domain: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Probed:
    """A portal as it stands; `config` is what was kept of it."""

    config: PortalConfig
    modes: tuple[Mode, ...]
    missing: tuple[Scope, ...]
    summary: tuple[str, ...]


def probe(portal: Portal) -> Probed:
    """Look, keep what was found in the installation's config, and say it in words.

    A portal that lets us in no more is kept as such (`config.problem`), not raised. Raises `HubSpotError` when HubSpot
    can't be asked just now: then nothing is changed.
    """
    portal = refreshed(portal)
    try:
        details = details_of(portal.api)
        if details.portal_id != portal.portal_id:
            found = _broken(portal, f"the token opens account {details.portal_id}, not {portal.portal_id}")
        else:
            found = _found(portal, details)
    except (Disconnected, NotFound) as error:
        found = _broken(portal, str(error))
    except MissingScopes as error:
        found = _broken(portal, f"{error}; install the app again with all it asks for")
    log.info("hubspot.probed", installation_id=portal.installation_id, problem=found.problem is not None)
    return as_known(found)


def as_known(config: PortalConfig, *also: str) -> Probed:
    """What was found when last looked, without asking HubSpot; with what there is to say beside it."""
    return Probed(config, modes_of(config.scopes, config.events), missing(config.scopes), (*summary(config), *also))


def details_of(api: HubSpotApi) -> Details:
    """The account a token opens; raises `HubSpotError`."""
    answer = api.read("GET", f"/account-info/{API}/details")
    told: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    portal_id = told.get("portalId")
    if not isinstance(portal_id, int) or isinstance(portal_id, bool):
        raise HubSpotError("HubSpot's answer about the account lacks its id")
    offset = told.get("utcOffsetMilliseconds")
    return Details(
        str(portal_id),
        _text(told, "accountType"),
        _text(told, "timeZone") or "UTC",
        offset if isinstance(offset, int) and abs(offset) <= 86_400_000 else 0,
        _text(told, "companyCurrency"),
        _text(told, "uiDomain"),
        Limits(_cap(answer), _number(answer.headers.get("x-hubspot-ratelimit-daily"))),
    )


def _found(portal: Portal, details: Details) -> PortalConfig:
    scopes = _scopes(portal)
    auth = portal.config.auth
    limits = details.limits
    if auth == "static" and limits.per_day is None:
        limits = replace(limits, per_day=_per_day(portal.api))
    defined = defined_events(portal.api, scopes)
    events = dict(portal.config.events) if defined is None else defined
    tier = tier_of(scopes, limits, auth=auth)

    def changed(config: PortalConfig) -> PortalConfig:
        return replace(
            config,
            scopes=scopes,
            tier=tier,
            time_zone=details.time_zone,
            utc_offset_ms=details.utc_offset_ms,
            currency=details.currency,
            ui_domain=details.ui_domain,
            events=events,
            possible=possible_of(modes_of(scopes, events)),
            calls_per_10s=calls_of(limits, tier, auth=auth),
            probed_at=portal.clock().isoformat(),
            problem=_required(scopes),
        )

    with portal.database.transaction() as session:
        return change_config(session, portal.installation_id, changed)


def _broken(portal: Portal, problem: str) -> PortalConfig:
    with portal.database.transaction() as session:
        return change_config(
            session,
            portal.installation_id,
            lambda config: replace(config, problem=problem, probed_at=portal.clock().isoformat()),
        )


def _required(scopes: tuple[str, ...]) -> str | None:
    lacking = [scope.name for scope in missing(scopes) if scope.required]
    if not lacking:
        return None
    return f"the app lacks what it can't work without: {', '.join(lacking)}. Install it again with these scopes"


def _scopes(portal: Portal) -> tuple[str, ...]:
    if portal.oauth is not None and portal.tokens is not None:
        try:
            named = granted.by_introspection(portal.oauth, portal.tokens.current())
        except Disconnected:
            raise
        except HubSpotError:
            named = None
        return named or portal.config.scopes or granted.by_trial(portal.api, ())
    return granted.by_trial(portal.api, portal.config.scopes)


def _per_day(api: HubSpotApi) -> int | None:
    try:
        answer = api.read("GET", f"/account-info/{API}/api-usage/daily/private-apps")
    except Disconnected:
        raise
    except SegueError:
        return None
    limits = [each.get("usageLimit") for each in answer.results]
    known = [limit for limit in limits if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0]
    return max(known, default=None)


def _cap(answer: Answer) -> int | None:
    most = _number(answer.headers.get("x-hubspot-ratelimit-max"))
    window_ms = _number(answer.headers.get("x-hubspot-ratelimit-interval-milliseconds")) or 10_000
    return None if most is None else most * 10_000 // window_ms


def _number(header: str | None) -> int | None:
    return int(header) if header and header.isdecimal() and 0 < len(header) < 10 and int(header) > 0 else None


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""
