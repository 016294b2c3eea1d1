"""`/media-bridge/…/settings`: an app registers as a source of media, and which media it has."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.api.version import MEDIA_BRIDGE
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import json_answer
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.media_bridge import MEDIA_TYPES, Provider, provider_of
from connectors.hubspot.sandbox.problems import Problem, invalid, not_found
from connectors.sandbox.wire import Answer

routes = Routes()
_SETTINGS = f"/media-bridge/{MEDIA_BRIDGE}/{{appId}}/settings"
# The specification asks for a developer's token; whether an account's token will do is unconfirmed, so both may.
_READS = ["developers-read", "media_bridge.read"]
_WRITES = ["developers-write", "media_bridge.write"]
_KINDS = ("ALL", "ATTENTION_SPAN", "MEDIA_PLAYS", "MEDIA_PLAYS_PERCENT")
_SHOWN = ("showInReporting", "showInTimeline", "showInWorkflows")


@routes("POST", f"{_SETTINGS}/register", _WRITES, shape=shapes.MEDIA_SETTINGS)
def register(call: Call) -> Answer:
    return _register(call)


@routes("PUT", _SETTINGS, _WRITES, shape=shapes.MEDIA_SETTINGS)
def update(call: Call) -> Answer:
    return _register(call)


@routes("POST", f"{_SETTINGS}/object-definitions", _WRITES, shape=shapes.MEDIA_TYPES)
def define(call: Call) -> Answer:
    provider, wanted = _registered(call), call.json().get("mediaTypes")
    if not isinstance(wanted, list) or not wanted or not set(wanted) <= set(MEDIA_TYPES):
        raise invalid(f"mediaTypes: some of {', '.join(MEDIA_TYPES)}")
    created = {}
    for kind in wanted:
        if kind not in provider.types:
            provider.types.add(kind)
            created[kind] = {"objectType": _object_type(call, kind), "properties": [], "propertyGroups": [_group(call)]}
    return json_answer({"createdObjects": created})


@routes("GET", f"{_SETTINGS}/object-definitions/{{mediaType}}", _READS)
def definition(call: Call) -> Answer:
    kind = call.values["mediaType"].upper()
    if kind not in _registered(call).types:
        raise not_found(f"There is no object definition for {kind[:40]}")
    body: dict[str, Any] = {
        "objectTypeId": _type_id(call),
        "objectTypeName": kind,
        "properties": [],
        "propertyGroups": [
            {name: value for name, value in _group(call).items() if name not in ("deleted", "portalId")}
        ],
    }
    if call.one("includeFullDefinition") == "true":
        body["schema"] = _object_type(call, kind)
    return json_answer(body)


@routes("GET", f"{_SETTINGS}/event-visibility", _READS)
def visibility(call: Call) -> Answer:
    held = _registered(call).visibility
    return json_answer({"createdAt": iso(call.now), "visibilitySettings": list(held.values())})


@routes("PATCH", f"{_SETTINGS}/event-visibility", _WRITES, shape=shapes.MEDIA_SETTINGS)
def change_visibility(call: Call) -> Answer:
    provider, body = _registered(call), call.json()
    kind = body.get("eventType")
    if kind not in _KINDS:
        raise invalid(f"eventType: one of {', '.join(_KINDS)}")
    changed = provider.visibility.setdefault(kind, {"eventType": kind, **dict.fromkeys(_SHOWN, True)})
    changed |= {name: bool(body[name]) for name in _SHOWN if name in body}
    changed["updatedAt"] = int(call.now * 1000)
    return json_answer(changed)


def _register(call: Call) -> Answer:
    provider = provider_of(call.portal, _app_id(call))
    provider.name = str(call.json().get("name") or provider.name or call.sandbox.app.name)
    return json_answer({"appId": _app_id(call), "name": provider.name})


def _registered(call: Call) -> Provider:
    provider = provider_of(call.portal, _app_id(call))
    if not provider.name:
        raise not_found(f"App {_app_id(call)} isn't registered as a media bridge provider")
    return provider


def _app_id(call: Call) -> int:
    told = call.values["appId"]
    # A developer's token speaks for every app; an account's for its own alone.
    if call.installation.portal_id and told != str(call.installation.app_id):
        raise Problem(403, "FORBIDDEN", f"The token isn't one of app {told[:40]}")
    if not told.isdecimal():
        raise invalid(f"{told[:40]} is no app id")
    return int(told)


def _type_id(call: Call) -> str:
    return f"1-{_app_id(call)}"


def _group(call: Call) -> dict[str, Any]:
    return {
        "name": "media_information",
        "displayName": "Media information",
        "displayOrder": 0,
        "deleted": False,
        "hubspotDefined": True,
        "portalId": call.portal.id,
        "fulcrumPortalId": call.portal.id,
        "fulcrumTimestamp": int(call.now * 1000),
    }


def _object_type(call: Call, kind: str) -> dict[str, Any]:
    name = f"media_bridge_{kind.lower()}"
    off = (
        "allowsSensitiveProperties",
        "deleted",
        "hasCustomProperties",
        "hasExternalObjectIds",
        "hasOwners",
        "hasPipelines",
    )
    return {
        **dict.fromkeys(off, False),
        **dict.fromkeys(("hasDefaultProperties", "indexedForFiltersAndReports", "restorable"), True),
        **dict.fromkeys(("pipelinePropertyName", "pipelineStagePropertyName"), ""),
        **{each: [] for each in ("requiredProperties", "scopeMappings", "secondaryDisplayLabelPropertyNames")},
        "id": _app_id(call),
        "name": name,
        "fullyQualifiedName": f"a{_app_id(call)}_{name}",
        "objectTypeId": _type_id(call),
        "objectTypeIdString": _type_id(call),
        "metaType": "INTEGRATION",
        "metaTypeId": 1,
        "createDatePropertyName": "hs_createdate",
        "lastModifiedPropertyName": "hs_lastmodifieddate",
        "defaultSearchPropertyNames": ["hs_name"],
        "permissioningType": "DO_NOT_CHECK_PERMISSIONS",
    }
