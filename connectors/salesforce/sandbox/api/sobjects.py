"""`sobjects/…`: one record at a time, by id or by an external id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.salesforce.sandbox.answers import json_answer, nothing
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import Problem, no_column, no_record, not_found
from connectors.salesforce.sandbox.schema.field import Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.values import show
from connectors.sandbox.wire import Answer

routes = ApiRoutes()


def shown(call: Call, kind: ObjectKind, row: Mapping[str, Any], names: Iterable[str] = ()) -> dict[str, Any]:
    """A record as answers hold it: the fields named, else all the user may see. Raises a `Problem`."""
    visible = call.org.schema.fields(call.user_id, kind)
    wanted = [_named(visible, name, kind) for name in names] if names else list(visible.values())
    url = call.url("sobjects", kind.name, str(row["Id"]))
    found: dict[str, Any] = {"attributes": {"type": kind.name, "url": url}}
    for field in wanted:
        found[field.name] = show(field, call.org.value(row, field))
    return found


def external(call: Call, kind: ObjectKind, name: str) -> Field:
    """The external id field of that name; raises the 404 `Problem`."""
    field = call.org.schema.fields(call.user_id, kind).get(name.lower())
    if field is None or not (field.external_id or field.kind == "id"):
        words = f"Provided external ID field does not exist or is not accessible: {name[:80]}"
        raise not_found(words)
    return field


def _named(visible: Mapping[str, Field], name: str, kind: ObjectKind) -> Field:
    field = visible.get(name.strip().lower())
    if field is None:
        raise no_column(name.strip(), kind.name)
    return field


def _fields(call: Call) -> list[str]:
    return [name for name in call.one("fields").split(",") if name.strip()]


@routes("POST", f"{BASE}/sobjects/{{type}}")
def create(call: Call) -> Answer:
    record_id = call.writer.create(call.kind, call.json())
    where = {"Location": call.url("sobjects", call.kind.name, record_id)}
    return json_answer({"id": record_id, "success": True, "errors": []}, 201, where)


@routes("GET", f"{BASE}/sobjects/{{type}}/{{id}}")
def get(call: Call) -> Answer:
    row = call.writer.find(call.kind, call.values["id"])
    return json_answer(shown(call, call.kind, row, _fields(call)))


@routes("PATCH", f"{BASE}/sobjects/{{type}}/{{id}}")
def update(call: Call) -> Answer:
    call.writer.update(call.kind, call.values["id"], call.json())
    return nothing()


@routes("DELETE", f"{BASE}/sobjects/{{type}}/{{id}}")
def delete(call: Call) -> Answer:
    call.writer.delete(call.kind, call.values["id"])
    return nothing()


@routes("GET", f"{BASE}/sobjects/{{type}}/{{field}}/{{value}}")
def get_by(call: Call) -> Answer:
    """By external id; or, where the middle is a record's id, the record a relationship leads to."""
    kind, name = call.kind, call.values["field"]
    if name.lower() not in call.org.schema.fields(call.user_id, kind):
        return _related(call, kind)
    rows = _live(call, kind, external(call, kind, name), call.values["value"])
    if not rows:
        raise not_found()
    if len(rows) > 1:
        return _several(call, kind, rows)
    return json_answer(shown(call, kind, rows[0], _fields(call)))


@routes("PATCH", f"{BASE}/sobjects/{{type}}/{{field}}/{{value}}")
def upsert(call: Call) -> Answer:
    kind = call.kind
    field = external(call, kind, call.values["field"])
    rows = _live(call, kind, field, call.values["value"]) if field.kind != "id" else []
    if len(rows) > 1:
        return _several(call, kind, rows)
    record_id, created = call.writer.upsert(kind, field, call.values["value"], call.json())
    if not created and _older(call.version):
        return nothing()
    return json_answer({"id": record_id, "success": True, "errors": [], "created": created}, 201 if created else 200)


@routes("DELETE", f"{BASE}/sobjects/{{type}}/{{field}}/{{value}}")
def delete_by(call: Call) -> Answer:
    rows = _live(call, call.kind, external(call, call.kind, call.values["field"]), call.values["value"])
    if not rows:
        raise not_found()
    call.writer.delete(call.kind, rows[0]["Id"])
    return nothing()


def _live(call: Call, kind: ObjectKind, field: Field, key: str) -> list[Row]:
    if field.kind == "id":
        return [call.writer.find(kind, key)]
    rows = call.writer.matching(kind, field, key)
    return [row for row in rows if not row.get("IsDeleted") and call.org.sees(call.user_id, kind, row)]


def _several(call: Call, kind: ObjectKind, rows: Iterable[Row]) -> Answer:
    return json_answer([call.url("sobjects", kind.name, row["Id"]) for row in rows], 300)


def _related(call: Call, kind: ObjectKind) -> Answer:
    row = call.writer.find(kind, call.values["field"])
    name = call.values["value"].lower()
    fields = call.org.schema.fields(call.user_id, kind).values()
    step = next((field for field in fields if field.relation and field.relation.lower() == name), None)
    if step is None:
        raise not_found()
    target_id = row.get(step.name)
    target = call.org.kind_of(target_id) if isinstance(target_id, str) else None
    if target is None or not isinstance(target_id, str):
        raise no_record(call.values["value"])
    return json_answer(shown(call, target, call.writer.find(target, target_id), _fields(call)))


def _older(version: str) -> bool:
    """Before v46 an upsert that changes a record answers nothing."""
    try:
        return float(version[1:]) < 46
    except ValueError:
        raise Problem("NOT_FOUND", "The requested resource does not exist", 404) from None
