"""`limits`: what the org has for a day, and what is left of it."""

from __future__ import annotations

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

_OTHERS = {
    "ConcurrentAsyncGetReportInstances": 200,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryJobs": 10_000,
    "DataStorageMB": 1024,
    "FileStorageMB": 1024,
    "HourlyPublishedPlatformEvents": 50_000,
    "SingleEmail": 5000,
}


@routes("GET", f"{BASE}/limits")
def limits(call: Call) -> Answer:
    allowance, now = call.org.limits, call.org.clock()
    calls = {"Max": allowance.most, "Remaining": max(0, allowance.most - allowance.used(now))}
    others = {name: {"Max": most, "Remaining": most} for name, most in _OTHERS.items()}
    return json_answer({"DailyApiRequests": calls, **others})
