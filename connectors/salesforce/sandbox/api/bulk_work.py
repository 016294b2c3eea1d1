"""Bulk 2.0's jobs, and working one off: each row of its CSV by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce.sandbox.api.call import Call
from connectors.salesforce.sandbox.api.sobjects import external
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.salesforce.sandbox.store.values import from_text

_EMPTY = "#N/A"
"""In a cell: take the value away. An empty cell leaves it."""


@dataclass
class Job:
    """One ingest job; `rows` are the CSV's, `outcomes` what became of each."""

    id: str
    kind: ObjectKind
    operation: str
    external_id: str
    delimiter: str
    user_id: str
    created_at: float
    state: str = "Open"
    data: bytes = b""
    ready_at: float = 0.0
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    outcomes: list[tuple[str, bool, str]] = field(default_factory=list)
    """Of each row: its id, whether it was made, and what it was refused with ("": it wasn't)."""
    problem: str = ""


class Jobs:
    """All jobs of an org; `delay_s` is how long each waits before it is worked off."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.all: dict[str, Job] = {}

    def find(self, job_id: str) -> Job:
        """A job; raises the 404 `Problem`."""
        job = self.all.get(long_id(job_id) or "")
        if job is None:
            raise not_found()
        return job


def work_off(call: Call, job: Job) -> None:
    """Do what the job asks, row by row; a file that can't be read fails it whole."""
    try:
        text = job.data.decode("utf-8-sig")
        header, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=job.delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        job.state, job.problem = "Failed", f"InvalidBatch : Failed to parse CSV: {error}"
        return
    job.header, job.rows = header, [row for row in rows if row]
    visible = call.org.schema.fields(job.user_id, job.kind)
    unknown = [name for name in header if "." not in name and name.lower() not in visible]
    if unknown:
        job.state, job.problem = "Failed", f"InvalidBatch : Field name not found : {unknown[0]}"
        return
    one = _operation(call, job)
    for row in job.rows:
        job.outcomes.append(_outcome(call, job, one, dict(zip(header, row, strict=False))))
    job.state = "JobComplete"


Work = Callable[[Mapping[str, Any], str], tuple[str, bool]]


def _operation(call: Call, job: Job) -> Work:
    """What is done with a row's values and its `Id`."""
    writer, kind = call.writer, job.kind
    writer.user_id = job.user_id
    if job.operation == "insert":
        return lambda values, _: (writer.create(kind, values), True)
    if job.operation == "upsert":
        field = external(call, kind, job.external_id)

        def upsert(values: Mapping[str, Any], record_id: str) -> tuple[str, bool]:
            if field.kind == "id":
                writer.update(kind, record_id, values)
                return record_id, False
            rest = {name: value for name, value in values.items() if name.lower() != field.name.lower()}
            key = next((value for name, value in values.items() if name.lower() == field.name.lower()), None)
            if not key:
                raise Problem("MISSING_ARGUMENT", f"{field.name} not specified")
            return writer.upsert(kind, field, key, rest)

        return upsert

    def change(values: Mapping[str, Any], record_id: str) -> tuple[str, bool]:
        if job.operation == "update":
            writer.update(kind, record_id, values)
        else:
            writer.delete(kind, record_id)
        return record_id, False

    return change


def _outcome(call: Call, job: Job, one: Work, row: Mapping[str, str]) -> tuple[str, bool, str]:
    visible = call.org.schema.fields(job.user_id, job.kind)
    values: dict[str, Any] = {}
    record_id = ""
    for name, text in row.items():
        if name.lower() == "id":
            record_id = text
        elif "." in name:
            relation, _, key = name.partition(".")
            values |= {relation: {key: text}} if text else {}
        elif text:
            values[name] = None if text == _EMPTY else from_text(visible[name.lower()], text)
    try:
        done_id, made = one(values, record_id)
    except Problem as problem:
        return record_id, False, f"{problem.code}:{problem.message}:{' '.join(problem.fields or []) or '--'}"
    return done_id, made, ""
