"""Bulk 2.0 the other way: a query's whole answer as CSV, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sandbox.answers import iso, json_answer, moment
from connectors.salesforce.sandbox.api.bulk import csv_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.salesforce.sandbox.soql import parse, run
from connectors.salesforce.sandbox.soql.tree import Path
from connectors.salesforce.sandbox.store.ids import long_id, make_id
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

QUERY = f"{BASE}/jobs/query"
PAGE = 50_000


@dataclass(frozen=True, slots=True)
class QueryJob:
    """A query and its answer."""

    id: str
    operation: str
    query: str
    kind: str
    user_id: str
    at: float
    header: list[str]
    rows: list[list[str]]


@routes("POST", QUERY)
def ask(call: Call) -> Answer:
    body = call.json()
    text, operation = str(body.get("query", "")), str(body.get("operation", ""))
    if operation not in ("query", "queryAll"):
        raise Problem("INVALIDJOB", f"Unknown operation: {operation[:40]}")
    tree = parse(text)
    if not all(isinstance(item, Path) for item in tree.select):
        raise Problem("API_ERROR", "Bulk queries have no subqueries and no aggregates")
    _, records = run(call.org, call.user_id, tree, text, deleted=operation == "queryAll", version=call.version)
    header = [str(item) for item in tree.select]
    rows = [[_cell(record, name.split(".")) for name in header] for record in records]
    jobs = call.sandbox.query_jobs
    job_id = make_id("750", 500_000 + len(jobs))
    jobs[job_id] = QueryJob(job_id, operation, text, tree.source, call.user_id, call.org.clock(), header, rows)
    return json_answer(_told(call, jobs[job_id], "UploadComplete"))


@routes("GET", f"{QUERY}/{{id}}")
def look(call: Call) -> Answer:
    return json_answer(_told(call, _find(call), "JobComplete"))


@routes("GET", f"{QUERY}/{{id}}/results")
def results(call: Call) -> Answer:
    job = _find(call)
    size = call.whole("maxRecords", PAGE, 1_000_000)
    start = call.whole("locator", 0, 10**9)
    rows = job.rows[start : start + size]
    more = start + size < len(job.rows)
    headers = {"Sforce-Locator": str(start + size) if more else "null", "Sforce-NumberOfRecords": str(len(rows))}
    return csv_answer(job.header, rows, **headers)


def _find(call: Call) -> QueryJob:
    job = call.sandbox.query_jobs.get(long_id(call.values["id"]) or "")
    if job is None or job.user_id != call.user_id:
        raise not_found()
    return job


def _cell(record: Any, names: list[str]) -> str:
    for name in names:
        record = _named(record, name) if isinstance(record, dict) else None
    if isinstance(record, bool):
        return str(record).lower()
    return "" if record is None else str(record)


def _named(record: dict[str, Any], name: str) -> Any:
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _told(call: Call, job: QueryJob, state: str) -> dict[str, Any]:
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.kind,
        "createdById": job.user_id,
        "createdDate": iso(moment(job.at)),
        "systemModstamp": iso(moment(job.at)),
        "state": state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version[1:]),
        "jobType": "V2Query",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
        "numberRecordsProcessed": len(job.rows),
        "retries": 0,
        "totalProcessingTime": 1,
    }
