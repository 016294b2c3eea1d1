"""What became of each item Salesforce answered for, in the outbox's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.salesforce.api.errors import (
    GONE,
    LOCKED,
    NOT_ALLOWED,
    UNKNOWN_NAMES,
    Disconnected,
    Fault,
    Locked,
    NotAllowed,
    NotThere,
    SalesforceError,
    SwitchedOff,
    TooMany,
    UnknownName,
    faults_of,
)
from plugin.outbox.ports import Dead, Delivered, Retry, Settlement

_LOCKED_S = 2.0
_ADMIN_S = 600.0
"""How soon it's worth asking again after what only an admin can mend."""


def of_item(item: Any) -> Settlement | None:
    """One item of a collection's answer; None: the record it points to is gone, so look where it went."""
    if isinstance(item, dict) and item.get("success") is True:
        return Delivered()
    faults = faults_of(item.get("errors")) if isinstance(item, Mapping) else ()
    if not faults:
        return Retry("Salesforce said nothing of this row.")
    return of_fault(faults[0])


def of_call(error: SalesforceError) -> Settlement:
    """A call that failed as a whole."""
    match error:
        case TooMany():
            return Retry(f"{error}.", error.after_s)
        case Locked():
            return Retry(f"{error}.", _LOCKED_S)
        case Disconnected() | SwitchedOff():
            return Retry(f"{error}.", _ADMIN_S)
        case UnknownName() | NotAllowed() | NotThere():
            return Retry(_deploy(str(error)), _ADMIN_S)
    return Retry(f"{error}.")


def of_fault(fault: Fault) -> Settlement | None:
    """One error of a row; None: the record it points to is gone, so look where it went."""
    if fault.code in LOCKED:
        return Retry("The record is locked just now.", _LOCKED_S)
    if fault.code == "DUPLICATE_VALUE":
        # Two upserts of one key at once: the other one made the row, so the next try updates it.
        return Retry("The same row is being written by another process.", _LOCKED_S)
    if fault.code in GONE:
        return None
    if fault.code in NOT_ALLOWED | UNKNOWN_NAMES:
        return Retry(_deploy(f"Salesforce: {fault}"), _ADMIN_S)
    if fault.code in {"UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"}:
        return Retry(f"Salesforce: {fault}.")
    if fault.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION":
        return Dead(f"A validation rule of your org refused it: {fault}. Change the rule or the record, then retry.")
    return Dead(f"Salesforce refused it: {fault}. Mend that, then retry.")


def _deploy(words: str) -> str:
    return f"{words.rstrip('.')}. Deploy the package and give our user the permission set Segue Integration."
