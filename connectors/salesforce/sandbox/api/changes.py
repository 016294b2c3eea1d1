"""`sobjects/X/updated` and `deleted`: which records changed within a span of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.salesforce.sandbox.answers import iso, json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.store.values import moment_of
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

OLDEST = timedelta(days=30)


@routes("GET", f"{BASE}/sobjects/{{type}}/updated")
def updated(call: Call) -> Answer:
    start, end = _span(call)
    rows = call.org.table(call.kind).live()
    ids = [
        row["Id"]
        for row in rows
        if start <= row["LastModifiedDate"] <= end and call.org.sees(call.user_id, call.kind, row)
    ]
    return json_answer({"ids": ids, "latestDateCovered": iso(end)})


@routes("GET", f"{BASE}/sobjects/{{type}}/deleted")
def deleted(call: Call) -> Answer:
    start, end = _span(call)
    gone = [
        {"id": row["Id"], "deletedDate": iso(row["SystemModstamp"])}
        for row in list(call.org.table(call.kind).rows.values())
        if row.get("IsDeleted") and start <= row["SystemModstamp"] <= end
    ]
    earliest = iso(call.org.now() - OLDEST)
    return json_answer({"deletedRecords": gone, "earliestDateAvailable": earliest, "latestDateCovered": iso(end)})


def _span(call: Call) -> tuple[datetime, datetime]:
    start, end = (moment_of(call.one(name).replace(" ", "+")) for name in ("start", "end"))
    if start is None or end is None:
        raise Problem("INVALID_REPLICATION_DATE", "start and end must be given in ISO 8601 with a zone")
    if end - start < timedelta(minutes=1):
        raise Problem("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than the startDate")
    if start < call.org.now() - OLDEST:
        raise Problem("INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
    return start, min(end, call.org.now())
