"""Reports: run now, with detail rows, at most 2000 of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.salesforce.sandbox.schema.field import label_of
from connectors.salesforce.sandbox.soql import parse, run
from connectors.salesforce.sandbox.soql.tree import Value, value_text
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

MOST = 2000
"""Detail rows a run gives; `allData` says whether these are all."""
REPORTS = f"{BASE}/analytics/reports"
_FILTERS = {
    "equals": "{path} = {value}",
    "notEqual": "{path} != {value}",
    "lessThan": "{path} < {value}",
    "lessOrEqual": "{path} <= {value}",
    "greaterThan": "{path} > {value}",
    "greaterOrEqual": "{path} >= {value}",
    "contains": "{path} LIKE '%{like}%'",
    "startsWith": "{path} LIKE '{like}%'",
}


@dataclass(frozen=True, slots=True)
class Report:
    """`columns`: the report's own name for a column → its path from the object; `where`: a SOQL condition or ""."""

    id: str
    name: str
    type: str
    kind: str
    columns: Mapping[str, str]
    where: str = ""


@routes("GET", REPORTS)
def every(call: Call) -> Answer:
    return json_answer(
        [
            {"id": each.id, "name": each.name, "url": call.url("analytics", "reports", each.id)}
            for each in call.sandbox.reports
        ]
    )


@routes("GET", f"{REPORTS}/{{id}}/describe")
def describe(call: Call) -> Answer:
    return json_answer(_about(call, _find(call)))


@routes("GET", f"{REPORTS}/{{id}}")
def run_it(call: Call) -> Answer:
    return _run(call, _find(call), [], detail=call.flag("includeDetails"))


@routes("POST", f"{REPORTS}/{{id}}")
def run_filtered(call: Call) -> Answer:
    """With filters of the caller's beside the report's own."""
    metadata = call.json().get("reportMetadata") or {}
    filters = metadata.get("reportFilters") or []
    detail = call.one("includeDetails", "true").lower() == "true" and metadata.get("hasDetailRows", True)
    return _run(call, _find(call), filters, detail=detail)


def _run(call: Call, report: Report, filters: Any, *, detail: bool) -> Answer:
    if call.org.schema.readable(call.user_id, report.kind) is None:
        raise Problem("FORBIDDEN", "You don't have sufficient privileges to perform this operation.", 403)
    visible = {name: path for name, path in report.columns.items() if _readable(call, report, path)}
    conditions = [f"({each})" for each in (report.where, *(_condition(report, one) for one in filters)) if each]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    paths = dict.fromkeys([*visible.values(), *(f"{_owner(path)}Id" for path in visible.values())])
    text = f"SELECT {', '.join(paths)} FROM {report.kind}{where} ORDER BY Id"
    _, records = run(call.org, call.user_id, parse(text), text, version=call.version)
    rows = [{"dataCells": [_cell(record, path) for path in visible.values()]} for record in records[:MOST]]
    count = [{"label": str(len(records)), "value": len(records)}]
    fact = {"aggregates": count, **({"rows": rows} if detail else {})}
    return json_answer(
        {
            "attributes": {"reportId": report.id, "reportName": report.name, "type": "Report"},
            "allData": len(records) <= MOST,
            "hasDetailRows": detail,
            "factMap": {"T!T": fact},
            "groupingsDown": {"groupings": []},
            "groupingsAcross": {"groupings": []},
            **_about(call, report),
        }
    )


def _find(call: Call) -> Report:
    report_id = long_id(call.values["id"])
    for report in call.sandbox.reports:
        if report.id == report_id:
            return report
    raise not_found("The data you’re trying to access is unavailable.")


def _about(call: Call, report: Report) -> dict[str, Any]:
    names = [name for name, path in report.columns.items() if _readable(call, report, path)]
    info = {name: {"dataType": _type(report.columns[name]), "label": label_of(report.columns[name])} for name in names}
    return {
        "reportMetadata": {
            "id": report.id,
            "name": report.name,
            "developerName": report.name.replace(" ", "_"),
            "reportFormat": "TABULAR",
            "reportType": {"type": report.type, "label": label_of(report.type)},
            "detailColumns": names,
            "aggregates": ["RowCount"],
            "hasDetailRows": True,
            "reportFilters": [],
            "reportBooleanFilter": None,
        },
        "reportExtendedMetadata": {
            "detailColumnInfo": info,
            "aggregateColumnInfo": {"RowCount": {"dataType": "int", "label": "Record Count"}},
            "groupingColumnInfo": {},
        },
    }


def _readable(call: Call, report: Report, path: str) -> bool:
    try:
        text = f"SELECT {path} FROM {report.kind} LIMIT 0"
        run(call.org, call.user_id, parse(text), text)
    except Problem:
        return False
    return True


def _condition(report: Report, given: Any) -> str:
    told: Mapping[str, Any] = given if isinstance(given, dict) else {}
    path, form = report.columns.get(str(told.get("column"))), _FILTERS.get(str(told.get("operator")))
    if path is None or form is None:
        words = f"The filter on {str(told.get('column'))[:80]} isn't valid."
        raise Problem("BAD_REQUEST", words)
    text = str(told.get("value", ""))
    quoted = value_text(Value("text", text))
    like = quoted[1:-1].replace("%", "\\%").replace("_", "\\_")
    return form.format(path=path, value=quoted, like=like)


def _cell(record: Any, path: str) -> dict[str, Any]:
    """A name's cell has its record's id for a value, as Salesforce's reports do."""
    label = _look(record, path)
    named = path.rpartition(".")[2] in ("Name", "FirstName", "LastName")
    value = _look(record, f"{_owner(path)}Id") if named else label
    shown = "-" if label is None else "✓" if label is True else str(label)
    return {"label": shown, "value": value}


def _owner(path: str) -> str:
    parent = path.rpartition(".")[0]
    return f"{parent}." if parent else ""


def _look(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _type(path: str) -> str:
    return "id" if path.endswith("Id") else "string"
