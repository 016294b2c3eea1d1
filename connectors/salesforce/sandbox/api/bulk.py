"""Bulk 2.0: a job is opened, given CSV, closed, worked off a little later, and its results fetched as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from connectors.salesforce.sandbox.answers import iso, json_answer, moment
from connectors.salesforce.sandbox.api.bulk_work import Job, work_off
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.api.sobjects import external
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.store.ids import make_id
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

INGEST = f"{BASE}/jobs/ingest"
MOST_BYTES = 150_000_000
DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")


@routes("POST", INGEST)
def open_job(call: Call) -> Answer:
    body = call.json()
    name, operation = str(body.get("object", "")), str(body.get("operation", ""))
    kind = call.org.schema.readable(call.user_id, name)
    if kind is None:
        raise Problem("INVALIDENTITY", f"Unable to find object: {name[:80]}")
    if operation not in _OPERATIONS:
        raise Problem("INVALIDJOB", f"Unknown operation: {operation[:40]}")
    external_id = str(body.get("externalIdFieldName") or "")
    if operation == "upsert":
        external(call, kind, external_id or "-")
    delimiter = DELIMITERS.get(str(body.get("columnDelimiter") or "COMMA").upper())
    if delimiter is None:
        raise Problem("INVALIDJOB", "Unknown columnDelimiter")
    jobs = call.sandbox.jobs
    job = Job(
        make_id("750", len(jobs.all) + 1),
        kind,
        operation,
        external_id,
        delimiter,
        call.user_id,
        call.org.clock(),
    )
    jobs.all[job.id] = job
    return json_answer(_told(call, job))


@routes("PUT", f"{INGEST}/{{id}}/batches")
def upload(call: Call) -> Answer:
    job = _current(call)
    if job.state != "Open" or job.data:
        raise Problem("INVALIDJOBSTATE", "The job isn't open for an upload", 409)
    if "text/csv" not in call.request.headers.get("content-type", ""):
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "Upload text/csv", 415)
    if len(call.request.body) > MOST_BYTES:
        raise Problem("EXCEEDEDMAXSIZE", "An upload may have 150 MB", 413)
    job.data = call.request.body
    return Answer(201)


@routes("PATCH", f"{INGEST}/{{id}}")
def turn(call: Call) -> Answer:
    job, wanted = _current(call), str(call.json().get("state", ""))
    if job.state != "Open" or wanted not in ("UploadComplete", "Aborted"):
        raise Problem("INVALIDJOBSTATE", f"Can't go from {job.state} to {wanted[:40]}")
    job.state, job.ready_at = wanted, call.org.clock() + call.sandbox.jobs.delay_s
    return json_answer(_told(call, job))


@routes("GET", f"{INGEST}/{{id}}")
def look(call: Call) -> Answer:
    return json_answer(_told(call, _current(call)))


@routes("GET", INGEST)
def every(call: Call) -> Answer:
    records = [_told(call, job) for job in call.sandbox.jobs.all.values()]
    return json_answer({"done": True, "records": records, "nextRecordsUrl": None})


@routes("DELETE", f"{INGEST}/{{id}}")
def forget(call: Call) -> Answer:
    job = _current(call)
    if job.state in ("Open", "UploadComplete"):
        raise Problem("INVALIDJOBSTATE", "Abort the job first")
    del call.sandbox.jobs.all[job.id]
    return Answer(204)


@routes("GET", f"{INGEST}/{{id}}/successfulResults")
def successful(call: Call) -> Answer:
    job = _current(call)
    rows = zip(job.rows, job.outcomes, strict=False)
    found = [[record_id, str(made).lower(), *row] for row, (record_id, made, error) in rows if not error]
    return csv_answer(["sf__Id", "sf__Created", *job.header], found)


@routes("GET", f"{INGEST}/{{id}}/failedResults")
def failed(call: Call) -> Answer:
    job = _current(call)
    rows = zip(job.rows, job.outcomes, strict=False)
    found = [[record_id, error, *row] for row, (record_id, _, error) in rows if error]
    return csv_answer(["sf__Id", "sf__Error", *job.header], found)


@routes("GET", f"{INGEST}/{{id}}/unprocessedRecords")
@routes("GET", f"{INGEST}/{{id}}/unprocessedrecords")
def unprocessed(call: Call) -> Answer:
    job = _current(call)
    return csv_answer(job.header, job.rows[len(job.outcomes) :])


def _current(call: Call) -> Job:
    """The job, worked off when its time has come."""
    job = call.sandbox.jobs.find(call.values["id"])
    if job.state == "UploadComplete" and call.org.clock() >= job.ready_at:
        work_off(call, job)
    return job


def _told(call: Call, job: Job) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.kind.name,
        "createdById": job.user_id,
        "createdDate": iso(moment(job.created_at)),
        "systemModstamp": iso(moment(job.created_at)),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version[1:]),
        "jobType": "V2Ingest",
        "lineEnding": "LF",
        "columnDelimiter": next(name for name, sign in DELIMITERS.items() if sign == job.delimiter),
    }
    if job.state == "Open":
        told["contentUrl"] = call.url("jobs", "ingest", job.id, "batches").lstrip("/")
    if job.external_id:
        told["externalIdFieldName"] = job.external_id
    if job.state in ("JobComplete", "Failed", "Aborted"):
        told |= {
            "numberRecordsProcessed": len(job.outcomes),
            "numberRecordsFailed": sum(bool(error) for _, _, error in job.outcomes),
            "retries": 0,
            "totalProcessingTime": 1,
        }
    return told | ({"errorMessage": job.problem} if job.problem else {})


def csv_answer(header: Sequence[str], rows: Sequence[Sequence[str]], **headers: str) -> Answer:
    """Rows as CSV, everything quoted."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    return Answer(200, text.getvalue().encode(), {"Content-Type": "text/csv;charset=UTF-8", **headers})
