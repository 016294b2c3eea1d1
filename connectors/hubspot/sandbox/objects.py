"""`/crm/objects/…`: one record at a time, and pages of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes, write
from connectors.hubspot.sandbox.answers import json_answer, nothing, page
from connectors.hubspot.sandbox.associations import NAMES, PRIMARY
from connectors.hubspot.sandbox.calls import Call, Routes, object_type
from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.definitions import ObjectType
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import invalid, not_found
from connectors.hubspot.sandbox.scopes import reading, writing
from connectors.hubspot.sandbox.store import Record, Store, show
from connectors.sandbox.wire import Answer

routes = Routes()
_ALL = f"/crm/objects/{API}/{{objectType}}"
_ONE = f"{_ALL}/{{objectId}}"
_MOST_PAGE = 100


def to_read(call: Call) -> Sequence[str]:
    """The scopes that read this type."""
    return reading(call.kind)


def to_write(call: Call) -> Sequence[str]:
    """The scopes that write this type."""
    return writing(call.kind)


@routes("GET", _ALL, to_read)
def list_records(call: Call) -> Answer:
    limit, after = call.whole("limit", 10, _MOST_PAGE), call.one("after") or "0"
    if not after.isdecimal():
        raise invalid(f"after is no cursor of ours: {after[:40]}")
    archived = call.one("archived") == "true"
    found = [
        record
        for record in call.store.records.values()
        if (record.archived_at is not None) == archived and int(record.id) >= int(after)
    ]
    found.sort(key=lambda record: int(record.id))
    more = found[limit].id if len(found) > limit else None
    return json_answer(page([_with_associations(call, record) for record in found[:limit]], more))


@routes("POST", _ALL, to_write, shape=shapes.RECORD)
def create(call: Call) -> Answer:
    body = call.json()
    record = write.create(call.portal, call.store, body.get("properties"), body.get("associations"))
    return json_answer(show(record, call.kind, written(call.store, body["properties"])), 201)


@routes("GET", _ONE, to_read)
def read(call: Call) -> Answer:
    record = _find(call, archived=call.one("archived") == "true")
    return json_answer(_with_associations(call, record))


@routes("PATCH", _ONE, to_write, shape=shapes.RECORD)
def update(call: Call) -> Answer:
    body = call.json()
    record = _find(call)
    write.update(call.portal, call.store, record, body.get("properties"))
    return json_answer(show(record, call.kind, written(call.store, body["properties"])))


@routes("DELETE", _ONE, to_write)
def delete(call: Call) -> Answer:
    if record := call.store.find(call.values["objectId"]):
        write.archive(call.portal, call.store, record)
    return nothing()


@routes("POST", f"{_ALL}/merge", to_write, shape=shapes.MERGE)
def merge(call: Call) -> Answer:
    body = call.json()
    primary, other = (
        write.must_find(call.store, str(body.get(name, ""))) for name in ("primaryObjectId", "objectIdToMerge")
    )
    return json_answer(show(write.merge(call.portal, call.store, primary, other), call.kind))


@routes("POST", f"{_ALL}/gdpr-delete", to_write, shape=shapes.ERASE)
def gdpr_delete(call: Call) -> Answer:
    body = call.json()
    if call.kind.name != "contacts":
        raise not_found()
    name, value = str(body.get("idProperty") or "hs_object_id"), str(body.get("objectId", ""))
    if record := call.store.by_value(name, value):
        write.erase(call.portal, record)
    return nothing()


def written(store: Store, properties: Any) -> list[str]:
    """What the answer to a write shows: what was written, and what is always shown."""
    return _written(store.kind, tuple(properties))


@lru_cache(maxsize=1024)
def _written(kind: ObjectType, properties: tuple[str, ...]) -> list[str]:
    return [*dict.fromkeys((kind.created, "hs_object_id", kind.modified, *properties))]


def shown_names(store: Store, names: Sequence[str]) -> list[str] | None:
    """What the answer to a read shows of the properties asked for: those that exist. None: nothing was asked for."""
    if not names:
        return None
    known = [name for name in names if name in store.definitions]
    return [*dict.fromkeys((*known, store.kind.created, "hs_object_id", store.kind.modified))]


def with_history(record: Record, names: Sequence[str]) -> dict[str, Any]:
    """The latest values of some properties, newest first."""
    history = record.history
    return {
        name: [
            {"value": value, "timestamp": iso(at), "sourceType": source}
            for value, at, source in reversed(history.get(name, []))
        ]
        for name in names
    }


def _find(call: Call, *, archived: bool = False) -> Record:
    wanted, by = call.values["objectId"], call.one("idProperty")
    if by and by != "hs_object_id":
        if by not in call.store.definitions or not call.store.definitions[by].unique:
            raise invalid(f'Property "{by[:100]}" is not a unique property of {call.kind.name}')
        record = call.store.by_value(by, wanted)
    else:
        record = call.store.find(wanted, archived=archived)
    if record is None:
        raise not_found()
    return record


def _with_associations(call: Call, record: Record) -> dict[str, Any]:
    shown = show(record, call.kind, shown_names(call.store, call.many("properties")))
    if history := call.many("propertiesWithHistory"):
        shown["propertiesWithHistory"] = with_history(record, history)
    if wanted := call.many("associations"):
        bonds = {name: _associated(call.portal, call.kind.name, record.id, name) for name in wanted}
        if bonds := {name: held for name, held in bonds.items() if held["results"]}:
            shown["associations"] = bonds
    return shown


def _associated(portal: Portal, of: str, record_id: str, wanted: str) -> dict[str, Any]:
    to = object_type(wanted)
    name = f"{object_type(of).singular}_to_{to.singular}"
    results = []
    for link in portal.associations.links((of, record_id), to.name):
        if portal.stores[to.name].find(link.to_id) is None:
            continue
        # A labelled bond is listed twice: as itself and as the unlabelled one beneath it.
        primary = any(number == PRIMARY.get((of, to.name)) and number in NAMES for _, number in link.labels)
        kinds = [name, f"{name}_unlabeled"] if primary else [name]
        results += [{"id": link.to_id, "type": kind} for kind in kinds]
    return {"results": results}
