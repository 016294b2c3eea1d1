"""Bulk 2.0 ingest as we use it: a job is opened, given its rows, closed, looked at, and its results fetched."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.salesforce.api.errors import Fault, Unwell
from connectors.salesforce.api.transport import SalesforceApi

MOST_BYTES = 100_000_000
"""Of one upload: Salesforce keeps them encoded, and takes 150 MB of that."""
EMPTY = "#N/A"
"""In a cell: take the value away. An empty cell leaves it."""
_JOBS = "jobs/ingest"
_UPLOAD_S = 300.0
_WITHIN_S = 120.0
_CELL_MOST = 1_000_000
_WAITING = frozenset({"UploadComplete", "InProgress"})
Which = Literal["successfulResults", "failedResults", "unprocessedrecords"]


@dataclass(frozen=True, slots=True)
class JobState:
    """`state`: Open | UploadComplete | InProgress | JobComplete | Failed | Aborted; `processed`: rows looked at."""

    state: str
    processed: int
    problem: str

    @property
    def is_open(self) -> bool:
        """Nothing of it is worked off yet."""
        return self.state == "Open"

    @property
    def is_waiting(self) -> bool:
        """Salesforce is at it."""
        return self.state in _WAITING


def open_job(api: SalesforceApi, sobject: str, key: str) -> str:
    """Open a job that upserts by an external id; its id. Raises `SalesforceError`."""
    body = {
        "object": sobject,
        "operation": "upsert",
        "externalIdFieldName": key,
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    answer = api.call("POST", _JOBS, body=body)
    job_id = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(job_id, str) or not job_id.isalnum():
        raise Unwell("Salesforce's answer names no bulk job")
    return job_id


def upload(api: SalesforceApi, job_id: str, content: bytes) -> None:
    """Give it its rows: once, whatever comes of it. Raises `SalesforceError`."""
    api.csv("PUT", f"{_JOBS}/{job_id}/batches", content=content, timeout_s=_UPLOAD_S)


def close(api: SalesforceApi, job_id: str) -> None:
    """Have it worked off. Raises `SalesforceError`."""
    api.call("PATCH", f"{_JOBS}/{job_id}", body={"state": "UploadComplete"})


def abort(api: SalesforceApi, job_id: str) -> None:
    """Have it never worked off, or no further. Raises `SalesforceError`."""
    api.call("PATCH", f"{_JOBS}/{job_id}", body={"state": "Aborted"})


def look(api: SalesforceApi, job_id: str) -> JobState:
    """How far it is; raises `NotThere` when Salesforce has forgotten it, and `SalesforceError`."""
    told = api.read("GET", f"{_JOBS}/{job_id}", within_s=_WITHIN_S)
    held: Mapping[str, Any] = told if isinstance(told, dict) else {}
    state = held.get("state")
    if not isinstance(state, str):
        raise Unwell("Salesforce doesn't say how far the bulk job is")
    return JobState(state, int(held.get("numberRecordsProcessed") or 0), str(held.get("errorMessage") or "")[:300])


def results(api: SalesforceApi, job_id: str, which: Which) -> list[dict[str, str]]:
    """Rows as they were sent, with `sf__Id`, and `sf__Error` where one was refused; raises `SalesforceError`."""
    text = api.csv("GET", f"{_JOBS}/{job_id}/{which}", timeout_s=_UPLOAD_S)
    csv.field_size_limit(_CELL_MOST)
    try:
        return [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(io.StringIO(text))]
    except csv.Error as error:
        raise Unwell("Salesforce's results can't be read") from error


def fault_of(text: str) -> Fault:
    """`sf__Error`: `CODE:message:fields --`."""
    code, _, rest = text.partition(":")
    message, _, fields = rest.rpartition(":")
    named = tuple(each for each in fields.replace("--", "").split() if each)
    return Fault(code.strip(), (message or rest).strip(), named)


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Rows as Bulk 2.0 reads them: what a row doesn't have stays as it is in the org, None is taken away."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) if name in row else "" for name in columns] for row in rows)
    return text.getvalue().encode()


def fits(row: Mapping[str, Any]) -> bool:
    """Whether each value means in a cell what it is: an empty text, or one that reads `#N/A`, doesn't."""
    return not any(isinstance(value, str) and value in ("", EMPTY) for value in row.values())


def _cell(value: Any) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
