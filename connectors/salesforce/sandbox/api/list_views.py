"""List views: what an admin filtered once, its columns, and its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import not_found
from connectors.salesforce.sandbox.schema.field import label_of
from connectors.salesforce.sandbox.soql import parse, run
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

MOST = 2000
USUAL = 25
VIEWS = f"{BASE}/sobjects/{{type}}/listviews"


@dataclass(frozen=True, slots=True)
class ListView:
    """`where`: a SOQL condition, or "" for all."""

    id: str
    kind: str
    name: str
    label: str
    columns: tuple[str, ...]
    where: str = ""
    order: str = "Id"

    def query(self) -> str:
        """As its describe tells it: the columns, then what every list has."""
        always = [
            name for name in ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp") if name not in self.columns
        ]
        where = f" WHERE {self.where}" if self.where else ""
        return f"SELECT {', '.join([*self.columns, *always])} FROM {self.kind}{where} ORDER BY {self.order}"


@routes("GET", VIEWS)
def every(call: Call) -> Answer:
    views = [view for view in call.sandbox.views if view.kind == call.kind.name]
    listed = [_about(call, view) for view in views]
    body = {"done": True, "listviews": listed, "nextRecordsUrl": None, "size": len(listed)}
    return json_answer({**body, "sobjectType": call.kind.name})


@routes("GET", f"{VIEWS}/{{id}}")
def one(call: Call) -> Answer:
    return json_answer(_about(call, _find(call)))


@routes("GET", f"{VIEWS}/{{id}}/describe")
def describe(call: Call) -> Answer:
    view = _find(call)
    return json_answer(
        {
            "columns": [_column(name) for name in view.columns],
            "id": view.id,
            "orderBy": [{"fieldNameOrPath": view.order, "sortDirection": "ascending"}],
            "query": view.query(),
            "scope": "everything",
            "sobjectType": view.kind,
        }
    )


@routes("GET", f"{VIEWS}/{{id}}/results")
def results(call: Call) -> Answer:
    view = _find(call)
    limit, offset = call.whole("limit", USUAL, MOST), call.whole("offset", 0, MOST)
    text = view.query()
    _, records = run(call.org, call.user_id, parse(text), text, version=call.version)
    names = [*view.columns, *(name for name in ("Id",) if name not in view.columns)]
    rows = [
        {"columns": [{"fieldNameOrPath": name, "value": _text(record, name)} for name in names]}
        for record in records[offset : offset + limit]
    ]
    return json_answer(
        {
            "columns": [_column(name) for name in names],
            "developerName": view.name,
            "done": offset + limit >= len(records),
            "id": view.id,
            "label": view.label,
            "records": rows,
            "size": len(rows),
        }
    )


def _find(call: Call) -> ListView:
    view_id = long_id(call.values["id"])
    for view in call.sandbox.views:
        if view.id == view_id and view.kind == call.kind.name:
            return view
    raise not_found()


def _about(call: Call, view: ListView) -> dict[str, Any]:
    url = call.url("sobjects", view.kind, "listviews", view.id)
    return {
        "describeUrl": f"{url}/describe",
        "developerName": view.name,
        "id": view.id,
        "label": view.label,
        "resultsUrl": f"{url}/results",
        "soqlCompatible": True,
        "url": url,
    }


def _column(name: str) -> dict[str, Any]:
    return {
        "fieldNameOrPath": name,
        "hidden": name in ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp"),
        "label": label_of(name),
        "selectListItem": name,
        "sortable": True,
        "type": "id" if name == "Id" else "string",
    }


def _text(record: Any, path: str) -> str | None:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    if isinstance(record, bool):
        return str(record).lower()
    return None if record is None else str(record)
