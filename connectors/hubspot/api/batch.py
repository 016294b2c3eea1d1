"""A hundred CRM records in one call: read, or set to absolute values, each settled on its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connectors.hubspot.api.errors import NotThere, Refused
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.api.version import API

MOST = 100
WITHIN_S = 30.0
GONE = "HubSpot no longer has this contact"


def read_many(
    api: HubSpotApi, object_type: str, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """Properties by id; a record that isn't there is missing, a merged one is there by its new id.

    At most `MOST` ids. Raises `HubSpotError`.
    """
    body = {
        "inputs": [{"id": each} for each in ids],
        "properties": list(properties),
        "propertiesWithHistory": [],
    }
    try:
        answer = api.read("POST", f"/crm/objects/{API}/{object_type}/batch/read", body=body, within_s=WITHIN_S)
    except NotThere:
        return {}
    return {
        str(each["id"]): each["properties"]
        for each in answer.results
        if each.get("id") and isinstance(each.get("properties"), dict) and not each.get("archived")
    }


def update_many(
    api: HubSpotApi, object_type: str, changes: Mapping[str, Mapping[str, str]]
) -> dict[str, Refused | NotThere]:
    """Set properties by id; answers what was refused, by id, with HubSpot's own reason. The others are done.

    At most `MOST` records; values are absolute, so repeating it after a lost answer is harmless. A record HubSpot
    refuses keeps no other from being written: a batch refused whole is sent again without the culprits, or in halves.
    Raises `HubSpotError` for what concerns no record.
    """
    if not changes:
        return {}
    inputs = [
        # With a trace id HubSpot settles each on its own.
        {"id": each, "properties": dict(properties), "objectWriteTraceId": each}
        for each, properties in changes.items()
    ]
    path = f"/crm/objects/{API}/{object_type}/batch/update"
    try:
        answer = api.read("POST", path, body={"inputs": inputs}, within_s=WITHIN_S)
    except (Refused, NotThere) as refused:
        return _again(api, object_type, changes, refused)
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return _refusals(errors if isinstance(errors, list) else [], changes)


def _again(
    api: HubSpotApi, object_type: str, changes: Mapping[str, Mapping[str, str]], refused: Refused | NotThere
) -> dict[str, Refused | NotThere]:
    if len(changes) == 1 or refused.status == 403:
        return dict.fromkeys(changes, refused)
    culprits = _named(refused) & set(changes)
    if culprits and len(culprits) < len(changes):
        rest = {each: changes[each] for each in changes if each not in culprits}
        return dict.fromkeys(sorted(culprits), refused) | update_many(api, object_type, rest)
    ids = list(changes)
    halves = (ids[: len(ids) // 2], ids[len(ids) // 2 :])
    found: dict[str, Refused | NotThere] = {}
    for half in halves:
        found |= update_many(api, object_type, {each: changes[each] for each in half})
    return found


def _named(refused: Refused | NotThere) -> set[str]:
    """The records a refusal says it is about."""
    found: set[str] = set()
    for detail in getattr(refused, "details", ()):
        for name in ("id", "ids"):
            listed = detail.context.get(name)
            found |= {str(each) for each in listed} if isinstance(listed, list) else set()
    return found


def _refusals(errors: Sequence[Any], asked: Collection[str]) -> dict[str, Refused | NotThere]:
    found: dict[str, Refused | NotThere] = {}
    for error in errors:
        if not isinstance(error, dict):
            continue
        context = error.get("context")
        ids = context.get("ids") if isinstance(context, dict) else None
        category, message = str(error.get("category", "")), _words(error)
        reason = (
            NotThere(GONE, status=404)
            if category == "OBJECT_NOT_FOUND"
            else Refused(f"HubSpot refused it: {message}", status=400, category=category)
        )
        found |= {str(each): reason for each in (ids if isinstance(ids, list) else []) if str(each) in asked}
    return found


def _words(error: Mapping[str, Any]) -> str:
    details = error.get("errors")
    said = [error.get("message"), *(each.get("message") for each in details or () if isinstance(each, dict))]
    return "; ".join(dict.fromkeys(text for text in said if isinstance(text, str) and text))[:400]
