"""`/crm/lists/…`: made, found, and their members page by page."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import json_answer, nothing, page
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.listing import PROCESSING, ContactList, make_list
from connectors.hubspot.sandbox.problems import bad_json, conflict, invalid, not_found
from connectors.sandbox.wire import Answer

routes = Routes()
_ALL = f"/crm/lists/{API}"
_ONE = f"{_ALL}/{{listId}}"
_READS, _WRITES = ["crm.lists.read"], ["crm.lists.write"]
_PAGE, _SEARCH = 250, 500


@routes("GET", _ALL, _READS)
def by_ids(call: Call) -> Answer:
    found = [call.portal.lists[each] for each in call.many("listIds") if each in call.portal.lists]
    return json_answer({"lists": [_shown(call, each) for each in found]})


@routes("POST", _ALL, _WRITES, shape=shapes.LIST)
def create(call: Call) -> Answer:
    body = call.json()
    name, kind = str(body.get("name") or ""), body.get("processingType")
    if not name or kind not in PROCESSING:
        raise invalid(f"a list has a name and a processingType: {', '.join(PROCESSING)}")
    if body.get("objectTypeId") != "0-1":
        raise invalid("this account has lists of contacts (0-1) only")
    if any(each.name == name for each in call.portal.lists.values()):
        raise conflict(f"There is a list named {name} already")
    made = make_list(call.portal, name, [], filters=body.get("filterBranch") if kind != "MANUAL" else None)
    made.processing = kind
    return json_answer({"list": made.as_json(call.portal, filters=True)})


@routes("GET", f"{_ALL}/object-type-id/{{objectTypeId}}/name/{{listName}}", _READS)
def by_name(call: Call) -> Answer:
    for each in call.portal.lists.values():
        if each.name == call.values["listName"]:
            return json_answer({"list": _shown(call, each)})
    raise not_found(f"There is no list named {call.values['listName'][:100]}")


@routes("POST", f"{_ALL}/search", _READS, shape=shapes.LIST_SEARCH)
def search(call: Call) -> Answer:
    body = call.json()
    start, count = int(body.get("offset") or 0), min(int(body.get("count") or 20), _SEARCH)
    words, kinds = str(body.get("query") or "").lower(), body.get("processingTypes") or PROCESSING
    ids = body.get("listIds") or []
    found = [
        each
        for each in call.portal.lists.values()
        if words in each.name.lower() and each.processing in kinds and (not ids or each.id in ids)
    ]
    shown = [{**each.as_json(call.portal), "additionalProperties": _more(call, each)} for each in found]
    for each in shown:
        del each["size"]
    end = start + count
    more = {"hasMore": len(found) > end, "offset": min(end, len(found)), "total": len(found)}
    return json_answer({"lists": shown[start:end], **more})


@routes("GET", _ONE, _READS)
def read(call: Call) -> Answer:
    return json_answer({"list": _shown(call, _find(call))})


@routes("DELETE", _ONE, _WRITES)
def delete(call: Call) -> Answer:
    del call.portal.lists[_find(call).id]
    return nothing()


@routes("GET", f"{_ONE}/memberships", _READS)
def memberships(call: Call) -> Answer:
    held, limit = _find(call), call.whole("limit", 100, _PAGE)
    found, more = held.page(call.portal, _cursor(call.one("after")), limit)
    shown = [{"recordId": member, "membershipTimestamp": iso(at)} for member, at in found]
    after = base64.urlsafe_b64encode(found[-1][0].encode()).decode() if more else None
    return json_answer(page(shown, after, total=held.size(call.portal)))


@routes("PUT", f"{_ONE}/memberships/add", _WRITES)
def add(call: Call) -> Answer:
    held, ids = _fixed(call), _ids(call)
    there = {each: call.portal.contact(each) for each in ids}
    added = [record.id for record in there.values() if record is not None]
    held.members |= dict.fromkeys([each for each in added if each not in held.members], call.now)
    held.changes += 1
    return _changed(added=added, missing=[each for each, record in there.items() if record is None])


@routes("PUT", f"{_ONE}/memberships/remove", _WRITES)
def remove(call: Call) -> Answer:
    held, ids = _fixed(call), _ids(call)
    held.changes += 1
    removed = [each for each in ids if held.members.pop(each, None) is not None]
    return _changed(removed=removed, missing=[each for each in ids if each not in removed])


@routes("DELETE", f"{_ONE}/memberships", _WRITES)
def empty(call: Call) -> Answer:
    held = _fixed(call)
    held.members.clear()
    held.changes += 1
    return nothing()


def _shown(call: Call, held: ContactList) -> dict[str, Any]:
    return held.as_json(call.portal, filters=call.one("includeFilters") == "true")


def _more(call: Call, held: ContactList) -> dict[str, str]:
    return {"hs_list_size": str(held.size(call.portal))}


def _find(call: Call) -> ContactList:
    found: ContactList | None = call.portal.lists.get(call.values["listId"])
    if found is None:
        raise not_found(f"There is no list {call.values['listId'][:40]}")
    return found


def _fixed(call: Call) -> ContactList:
    found = _find(call)
    if found.processing == "DYNAMIC":
        raise invalid("Members of a DYNAMIC list can't be changed")
    return found


def _ids(call: Call) -> list[str]:
    body = call.any_json()
    if not isinstance(body, list):
        raise bad_json("an array of record ids is wanted")
    return [str(each) for each in body]


def _changed(*, added: list[str] | None = None, removed: list[str] | None = None, missing: list[str]) -> Answer:
    return json_answer({"recordsIdsAdded": added or [], "recordIdsRemoved": removed or [], "recordIdsMissing": missing})


def _cursor(after: str | None) -> int:
    if not after:
        return 0
    try:
        return int(base64.urlsafe_b64decode(after.encode()))
    except (ValueError, binascii.Error):
        raise invalid(f"after is no cursor of ours: {after[:40]}") from None
