"""The kinds of trouble this sandbox can make, and what Salesforce says in each."""

from __future__ import annotations

from connectors.salesforce.sandbox.problems import (
    Problem,
    api_off,
    locked,
    session_ended,
    taken,
    too_many,
    unwell,
)
from connectors.sandbox.faults import AFTER, SLOW, Faults

BEFORE = (
    "limit_daily",
    "limit_concurrent",
    "session",
    "lock",
    "lock_500",
    "duplicate",
    "api_off",
    "500",
    "503",
    "maintenance",
    "cut",
)
"""These answer, or hang up, before anything is done."""
BY_ITEM = ("lock_item", "duplicate_item")
"""These strike single records."""

MAINTENANCE = (
    b"<html><head><title>Site under construction</title></head><body>We are down for maintenance.</body></html>"
)
_SOMEONE = "a0V000000000001"


def make_faults() -> Faults:
    """Nothing wrong yet."""
    return Faults((*BEFORE, *AFTER, *BY_ITEM, SLOW), BY_ITEM)


def problem_of(kind: str) -> Problem:
    """What is answered instead."""
    match kind:
        case "limit_daily":
            return too_many("TotalRequests")
        case "limit_concurrent":
            return too_many("ConcurrentRequests (Concurrent API Requests)")
        case "session":
            return session_ended()
        case "lock" | "lock_item":
            return locked()
        case "lock_500":
            return locked(status=500)
        case "duplicate" | "duplicate_item":
            return taken("Session_Key__c", _SOMEONE)
        case "api_off":
            return api_off()
    return unwell(int(kind))
