"""`composite/sobjects`: up to 200 records a call, each with its own answer – or all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.api.sobjects import external, shown
from connectors.salesforce.sandbox.problems import Problem, bad_json
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.salesforce.sandbox.store.write import MALFORMED
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

MOST = 200
MOST_READ = 2000
MOST_CHUNKS = 10
"""How often the type may change within one list."""

_ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
Record = Mapping[str, Any]


@routes("POST", f"{BASE}/composite/sobjects")
def create(call: Call) -> Answer:
    def one(record: Record) -> dict[str, Any]:
        return _done(call.writer.create(_kind(call, record), record))

    records = _records(call)
    _need_few_chunks(records)
    return _each(call, records, one)


@routes("PATCH", f"{BASE}/composite/sobjects")
def update(call: Call) -> Answer:
    def one(record: Record) -> dict[str, Any]:
        record_id = next((str(record[name]) for name in ("id", "Id", "ID") if record.get(name)), "")
        if not record_id:
            raise Problem("MISSING_ARGUMENT", "Id not specified in an update call", 400, [])
        kind = _kind(call, record)
        found = long_id(record_id)
        if found is None or call.org.kind_of(found) != kind:
            words = f"{kind.label} ID: id value of incorrect type: {record_id[:80]}"
            raise Problem("MALFORMED_ID", words, 400, ["Id"])
        values = {name: value for name, value in record.items() if name not in ("id", "Id", "ID")}
        call.writer.update(kind, record_id, values)
        return _done(found)

    records = _records(call)
    _need_few_chunks(records)
    return _each(call, records, one)


@routes("PATCH", f"{BASE}/composite/sobjects/{{type}}/{{field}}")
def upsert(call: Call) -> Answer:
    kind = call.kind
    field = external(call, kind, call.values["field"])
    seen: set[Any] = set()

    def one(record: Record) -> dict[str, Any]:
        if _kind(call, record) != kind:
            raise Problem("INVALID_TYPE", "All records must be of the type in the request URI", 400, [])
        key = next((value for name, value in record.items() if name.lower() == field.name.lower()), None)
        if key in (None, ""):
            words = f"{field.name} not specified"
            raise Problem("MISSING_ARGUMENT", words, 400, [])
        if field.key(key) in seen:
            raise Problem("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", 400, [field.name])
        seen.add(field.key(key))
        values = {name: value for name, value in record.items() if name.lower() != field.name.lower()}
        if field.kind == "id":
            call.writer.update(kind, str(key), values)
            return _done(str(long_id(str(key)))) | {"created": False}
        record_id, created = call.writer.upsert(kind, field, key, values)
        return _done(record_id) | {"created": created}

    return _each(call, _records(call), one)


@routes("DELETE", f"{BASE}/composite/sobjects")
def delete(call: Call) -> Answer:
    def one(record: Record) -> dict[str, Any]:
        found = long_id(record["id"])
        kind = call.org.kind_of(found) if found else None
        if kind is None or found is None:
            raise Problem("MALFORMED_ID", f"malformed id {record['id'][:80]}", 400, [])
        call.writer.delete(kind, found)
        return _done(found)

    ids = [each for each in call.one("ids").split(",") if each]
    _need_some(ids, MOST)
    return _each(call, [{"id": each} for each in ids], one, all_or_none=call.flag("allOrNone"))


@routes("GET", f"{BASE}/composite/sobjects/{{type}}")
def read(call: Call) -> Answer:
    return _read(call, call.one("ids").split(","), call.one("fields").split(","), MOST_READ)


@routes("POST", f"{BASE}/composite/sobjects/{{type}}")
def read_many(call: Call) -> Answer:
    body = call.json()
    return _read(call, body.get("ids"), body.get("fields"), MOST_READ)


def _read(call: Call, ids: Any, names: Any, most: int) -> Answer:
    kind = call.kind
    if not isinstance(ids, list) or not isinstance(names, list) or not names:
        raise bad_json("ids and fields are required")
    _need_some(ids, most)
    call.batch = len(ids)

    def one(record_id: object) -> dict[str, Any] | None:
        try:
            return shown(call, kind, call.writer.find(kind, str(record_id)), [str(name) for name in names])
        except Problem as problem:
            if problem.code in MALFORMED:
                raise
            return None

    return json_answer([one(each) for each in ids])


def _each(
    call: Call, records: Sequence[Record], one: Callable[[Record], dict[str, Any]], *, all_or_none: bool | None = None
) -> Answer:
    """Each in its turn. What can't even be read refuses the whole call; nothing of it is done then."""
    call.batch = len(records)
    whole = bool(call.json().get("allOrNone")) if all_or_none is None else all_or_none
    mark = call.org.journal.mark()
    results: list[dict[str, Any]] = []
    for record in records:
        try:
            results.append(one(record))
        except Problem as problem:
            if problem.code in MALFORMED and problem.fields is None:
                call.org.journal.back_to(mark)
                raise
            results.append(_failed(problem))
    if whole and not all(result["success"] for result in results):
        call.org.journal.back_to(mark)
        results = [result if not result["success"] else _failed(_ROLLED_BACK) for result in results]
    return json_answer(results)


def _records(call: Call) -> list[Record]:
    records = call.json().get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise bad_json("Missing required field: records")
    _need_some(records, MOST)
    return records


def _need_some(items: Sequence[Any], most: int) -> None:
    if not items or items == [""]:
        raise Problem("REQUIRED_FIELD_MISSING", "Missing required field: records")
    if len(items) > most:
        words = f"record limit reached. cannot submit more than {most} records into this call"
        raise Problem("EXCEEDED_ID_LIMIT", words)


def _need_few_chunks(records: Sequence[Record]) -> None:
    types = [str(_attributes(record).get("type")) for record in records]
    chunks = 1 + sum(one != other for one, other in pairwise(types))
    if chunks > MOST_CHUNKS:
        words = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation."
        raise Problem("LIMIT_EXCEEDED", words)


def _kind(call: Call, record: Record) -> ObjectKind:
    name = _attributes(record).get("type")
    if not isinstance(name, str):
        raise bad_json("Missing required attribute: type")
    found = call.org.schema.readable(call.user_id, name)
    if found is None:
        words = f"sObject type '{name[:80]}' is not supported."
        raise Problem("INVALID_TYPE", words, 400, [])
    return found


def _attributes(record: Record) -> Mapping[str, Any]:
    found = record.get("attributes")
    return found if isinstance(found, dict) else {}


def _done(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": []}


def _failed(problem: Problem) -> dict[str, Any]:
    return {"success": False, "errors": [problem.as_item()]}
