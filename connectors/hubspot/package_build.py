"""The developer project an admin uploads, made for one server from the source in `package/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from connectors.hubspot.accounts.scopes import ALL, CORE, asked, names
from connectors.package_origin import origin_of
from connectors.package_write import Kind
from plugin.kernel.errors import BadInput

PROJECT = "segue-video"
"""The project's name at HubSpot: part of how it finds our event types."""
KIND = Kind("hsproject.json", PROJECT, "src")
NAME = "Segue video"
SOURCE = Path(__file__).parent / "package"
OAUTH_CALLBACK = "/hubspot/oauth/callback"
MOST_PROPERTIES = 100

_SHARED = "shared/"
_EXTENSIONS = ("src/app/cards/", "src/app/settings/")
"""HubSpot bundles each of these folders by itself, so each gets a copy of what they share."""
_EVENTS = "src/app/app-events/"
_WEBHOOKS = "src/app/webhooks/webhooks-hsmeta.json"
_ACTION = "src/app/workflow-actions/create-video-link-hsmeta.json"
_PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")
_PROPERTY = re.compile(r"[a-z][a-z0-9_]{0,99}")
_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")

Auth = Literal["static", "oauth"]


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """For which server, and which of the two kinds of app.

    `static` is installed in one account with a token the admin copies; `oauth` in several. `more` and `fewer` name
    optional scopes: an app with a static token has no optional scopes at HubSpot, so what it asks for is chosen here.
    `app_events` takes a marketplace app that HubSpot approved for them. `properties` are contact properties whose
    changes HubSpot tells us of, besides the usual ones.
    """

    origin: str
    auth: Auth = "static"
    name: str = NAME
    support_email: str | None = None
    more: Sequence[str] = ()
    fewer: Sequence[str] = ()
    properties: Sequence[str] = ()
    app_events: bool = False


def build(order: PackageOrder) -> dict[str, bytes]:
    """The project's files by path, `hsproject.json` first; raises `BadInput` for what HubSpot couldn't use."""
    words = _words(order)
    files: dict[str, bytes] = {}
    for path, content in sorted(_source().items(), key=lambda item: (item[0] != "hsproject.json", item[0])):
        if path.startswith(_EVENTS) and not order.app_events:
            continue
        if path.endswith("-hsmeta.json"):
            content = _meta(path, content, words, order)
        if path.startswith(_SHARED):
            content = content.replace(b"${ORIGIN}", words["ORIGIN"].encode()) if path.endswith("origin.ts") else content
            files |= {folder + path: content for folder in _EXTENSIONS}
        else:
            files[path] = content
    return files


def _words(order: PackageOrder) -> dict[str, Any]:
    if order.app_events and order.auth != "oauth":
        raise BadInput("HubSpot takes app events from apps with OAuth only: pass --auth oauth with --app-events")
    name = order.name.strip()
    if not name or len(name) > 100 or not name.isprintable() or "${" in name:
        raise BadInput("the app's name is 1 to 100 ordinary characters")
    if order.support_email is not None and not _EMAIL.fullmatch(order.support_email):
        raise BadInput(f"{order.support_email!r} is no e-mail address")
    origin = origin_of(order.origin, caller="HubSpot")
    return {
        "ORIGIN": origin,
        "NAME": name,
        "DISTRIBUTION": "marketplace" if order.app_events else "private",
        "AUTH": _auth(order, origin),
        "SUPPORT": {"supportEmail": order.support_email} if order.support_email else None,
    }


def _auth(order: PackageOrder, origin: str) -> dict[str, Any]:
    required, optional = asked(order.auth)
    if order.auth == "oauth":
        if order.more or order.fewer:
            raise BadInput(
                "an app with OAuth asks for every optional scope and works without: leave --with and --without"
            )
        events = ["timeline"] if order.app_events else []
        return {
            "type": "oauth",
            "redirectUrls": [origin + OAUTH_CALLBACK],
            "requiredScopes": [*names(required), *events],
            "optionalScopes": list(names(optional)),
            "conditionallyRequiredScopes": [],
        }
    for scope in (*order.more, *order.fewer):
        if scope in names(CORE):
            raise BadInput(f"Segue can't work without {scope}")
        if scope not in names(ALL):
            raise BadInput(
                f"Segue has no use for {scope!r}; it knows {', '.join(sorted(set(names(ALL)) - set(names(CORE))))}"
            )
    if "timeline" in order.more:
        raise BadInput("timeline is for app events, which take --auth oauth --app-events")
    chosen = {*names(required), *order.more} - set(order.fewer)
    return {
        "type": "static",
        "requiredScopes": [name for name in names(ALL) if name in chosen],
        "optionalScopes": [],
        "conditionallyRequiredScopes": [],
    }


def _meta(path: str, content: bytes, words: Mapping[str, Any], order: PackageOrder) -> bytes:
    meta = _filled(json.loads(content), words)
    if path == _WEBHOOKS:
        _subscribe(meta["config"]["subscriptions"]["crmObjects"], order.properties)
    if path == _ACTION:
        # What comes along with a workflow's call is known without another.
        sent = meta["config"]["objectRequestOptions"]["properties"]
        sent += [name for name in dict.fromkeys(order.properties) if name not in sent]
    return (json.dumps(meta, indent=2, ensure_ascii=False) + "\n").encode()


def _subscribe(subscriptions: list[dict[str, Any]], properties: Sequence[str]) -> None:
    if len(properties) > MOST_PROPERTIES:
        raise BadInput(f"at most {MOST_PROPERTIES} further properties can be followed")
    known = {subscription.get("propertyName") for subscription in subscriptions}
    for name in dict.fromkeys(properties):
        if not _PROPERTY.fullmatch(name):
            raise BadInput(f"{name!r} is no internal name of a property: small letters, digits and _ only")
        if name not in known:
            subscriptions.append(
                {
                    "subscriptionType": "object.propertyChange",
                    "objectType": "contact",
                    "propertyName": name,
                    "active": True,
                }
            )


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    """With each `${WORD}` replaced: a text of nothing else becomes the word's value, and None takes its key away."""
    if isinstance(value, dict):
        filled = {key: _filled(item, words) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not None}
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    return words[whole[1]] if whole else _PLACEHOLDER.sub(lambda found: str(words[found[1]]), value)


@cache
def _source() -> Mapping[str, bytes]:
    files = (path for path in SOURCE.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return MappingProxyType({path.relative_to(SOURCE).as_posix(): path.read_bytes() for path in files})
