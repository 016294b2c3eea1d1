"""The recycle bin: a deleted record comes back, or goes for good."""

from __future__ import annotations

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.kind import ObjectKind


def restore(org: Org, kind: ObjectKind, record_id: str) -> None:
    """Out of the bin again; raises a `Problem` for one that was merged or isn't deleted."""
    row = org.table(kind).rows[record_id]
    if not row.get("IsDeleted") or row.get("MasterRecordId"):
        raise Problem("UNDELETE_FAILED", "Entity is not in the recycle bin", 400, [])
    stamp = {"SystemModstamp": org.now(), "LastModifiedDate": org.now()}
    org.table(kind).write(record_id, {"IsDeleted": None, **stamp})


def purge(org: Org, kind: ObjectKind, record_id: str) -> None:
    """Emptied from the bin: nothing finds it any more. Raises a `Problem` for one that isn't deleted."""
    if not org.table(kind).rows[record_id].get("IsDeleted"):
        raise Problem("INVALID_OPERATION", "delete the record first", 400, [])
    org.table(kind).remove(record_id)
