"""`/crm/associations/…` and the single bonds under a record: read, made, removed, one or a thousand at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import batch_answer, json_answer, nothing
from connectors.hubspot.sandbox.associations import DEFAULT, HUBSPOT, NAMES, Label
from connectors.hubspot.sandbox.calls import Call, Routes, object_type
from connectors.hubspot.sandbox.definitions import ObjectType
from connectors.hubspot.sandbox.problems import Problem, bad_json, invalid, not_found
from connectors.hubspot.sandbox.scopes import reading, writing
from connectors.sandbox.wire import Answer

routes = Routes()
_BATCH = f"/crm/associations/{API}/{{fromObjectType}}/{{toObjectType}}/batch"
_ONE = f"/crm/objects/{API}/{{objectType}}/{{objectId}}/associations"
_READ, _WRITE, _PAGE = 1000, 2000, 500


def _ends(call: Call) -> tuple[ObjectType, ObjectType]:
    of = object_type(call.values.get("fromObjectType") or call.values["objectType"])
    to = object_type(call.values["toObjectType"])
    if (of.name, to.name) not in DEFAULT:
        raise invalid(f"{of.name} can't be associated with {to.name}")
    return of, to


def _reads(call: Call) -> Sequence[str]:
    return reading(_ends(call)[0])


def _writes(call: Call) -> Sequence[str]:
    return writing(_ends(call)[0])


@routes("POST", f"{_BATCH}/read", _reads, shape=shapes.BONDS_READ)
def read(call: Call) -> Answer:
    of, to = _ends(call)
    results, errors = [], []
    for asked in call.inputs(_READ):
        record_id = str(asked.get("id", ""))
        record = call.portal.stores[of.name].find(record_id)
        links = call.portal.associations.links((of.name, record.id), to.name) if record else []
        live = [link for link in links if call.portal.stores[to.name].find(link.to_id) is not None]
        if not live:
            errors.append(_none(of, to, record_id))
            continue
        start = int(asked.get("after") or 0)
        found: dict[str, Any] = {
            "from": {"id": record_id},
            "to": [
                {"toObjectId": link.to_id, "associationTypes": [_type(label) for label in link.labels]}
                for link in live[start : start + _PAGE]
            ],
        }
        if len(live) > start + _PAGE:
            found["paging"] = {"next": {"after": str(start + _PAGE)}}
        results.append(found)
    return batch_answer(results, errors, call.now)


@routes("POST", f"{_BATCH}/create", _writes, shape=shapes.BONDS)
def create(call: Call) -> Answer:
    return _make(call, lambda asked: [_label(label) for label in asked["types"]], _labels)


@routes("POST", f"{_BATCH}/associate/default", _writes, shape=shapes.BONDS)
def associate_default(call: Call) -> Answer:
    return _make(call, lambda asked: [], _default)


@routes("POST", f"{_BATCH}/archive", _writes, shape=shapes.BONDS_ARCHIVE)
def archive(call: Call) -> Answer:
    of, to = _ends(call)
    for asked in call.inputs(_WRITE):
        for other in asked.get("to") or []:
            _unbind(call, of, to, str(asked.get("from", {}).get("id")), str(other.get("id")))
    return batch_answer([], [], call.now)


@routes("PUT", f"{_ONE}/default/{{toObjectType}}/{{toObjectId}}", _writes)
def put_default(call: Call) -> Answer:
    of, to = _ends(call)
    ids = _bind(call, of, to, call.values["objectId"], call.values["toObjectId"], [])
    return batch_answer([_default(of, to, ids, [])], [], call.now)


@routes("PUT", f"{_ONE}/{{toObjectType}}/{{toObjectId}}", _writes, shape=shapes.LABELS)
def put(call: Call) -> Answer:
    of, to = _ends(call)
    body = call.any_json()
    if not isinstance(body, list):
        raise bad_json("an array of association types is wanted")
    labels = [_label(each) for each in body]
    ids = _bind(call, of, to, call.values["objectId"], call.values["toObjectId"], labels)
    return json_answer(_labels(of, to, ids, labels), 201)


@routes("DELETE", f"{_ONE}/{{toObjectType}}/{{toObjectId}}", _writes)
def delete(call: Call) -> Answer:
    of, to = _ends(call)
    _unbind(call, of, to, call.values["objectId"], call.values["toObjectId"])
    return nothing()


def _make(call: Call, labels_of: Any, shown: Any) -> Answer:
    of, to = _ends(call)
    results, errors = [], []
    for asked in call.inputs(_WRITE):
        try:
            ends, labels = (str(asked["from"]["id"]), str(asked["to"]["id"])), labels_of(asked)
        except (KeyError, TypeError):
            raise bad_json("Some required fields were not set: [from.id, to.id, types]") from None
        try:
            ids = _bind(call, of, to, *ends, labels)
        except Problem as problem:
            errors.append(problem.as_item(list(ends)))
        else:
            results.append(shown(of, to, ids, labels))
    return batch_answer(results, errors, call.now)


def _bind(
    call: Call, of: ObjectType, to: ObjectType, of_id: str, to_id: str, labels: Sequence[Label]
) -> tuple[str, str]:
    one, other = call.portal.stores[of.name].find(of_id), call.portal.stores[to.name].find(to_id)
    if one is None or other is None:
        raise not_found(f"{of.singular} {of_id[:40]} or {to.singular} {to_id[:40]} does not exist")
    call.portal.associations.add((of.name, one.id), (to.name, other.id), labels)
    return one.id, other.id


def _unbind(call: Call, of: ObjectType, to: ObjectType, of_id: str, to_id: str) -> None:
    one, other = call.portal.stores[of.name].find(of_id), call.portal.stores[to.name].find(to_id)
    if one is not None and other is not None:
        call.portal.associations.remove((of.name, one.id), (to.name, other.id))


def _label(told: Any) -> Label:
    try:
        return str(told["associationCategory"]), int(told["associationTypeId"])
    except (KeyError, TypeError, ValueError):
        raise bad_json("Some required fields were not set: [associationCategory, associationTypeId]") from None


def _type(label: Label) -> dict[str, Any]:
    shown: dict[str, Any] = {"category": label[0], "typeId": label[1]}
    return shown | ({"label": NAMES[label[1]]} if label[1] in NAMES else {})


def _labels(of: ObjectType, to: ObjectType, ids: tuple[str, str], labels: Sequence[Label]) -> dict[str, Any]:
    return {
        "fromObjectTypeId": of.type_id,
        "fromObjectId": ids[0],
        "toObjectTypeId": to.type_id,
        "toObjectId": ids[1],
        "labels": [NAMES[number] for _, number in labels if number in NAMES],
    }


def _default(of: ObjectType, to: ObjectType, ids: tuple[str, str], _: Sequence[Label]) -> dict[str, Any]:
    return {
        "from": {"id": ids[0]},
        "to": {"id": ids[1]},
        "associationSpec": {"associationCategory": HUBSPOT, "associationTypeId": DEFAULT[(of.name, to.name)]},
    }


def _none(of: ObjectType, to: ObjectType, record_id: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {to.singular} is associated with {of.singular} {record_id}.",
        "context": {"fromObjectId": [record_id], "fromObjectType": [of.singular], "toObjectType": [to.singular]},
        "errors": [],
        "links": {},
    }
