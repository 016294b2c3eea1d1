"""What is checked of a whole record before it is kept: where it points, what it needs, locks, unique values."""

from __future__ import annotations

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem, locked, taken
from connectors.salesforce.sandbox.schema.field import Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store import rules


def fits(org: Org, user_id: str, kind: ObjectKind, row: Row, values: Row) -> None:
    """New values point to records the user may point to, and no rule of an admin's is broken; raises a `Problem`."""
    for name, value in values.items():
        field = kind.fields[name]
        if field.kind == "reference" and value is not None:
            _points_right(org, user_id, field, value)
    for rule in org.switches.rules:
        if rule.kind == kind.name and rules.breaks(org, kind, row, rule):
            fields = [rule.field] if rule.field else []
            raise Problem("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, 400, fields)


def complete(kind: ObjectKind, row: Row) -> None:
    """Nothing that is required is missing; raises a `Problem`."""
    missing = [name for name in kind.required if row.get(name) is None]
    if missing:
        words = f"Required fields are missing: [{', '.join(missing)}]"
        raise Problem("REQUIRED_FIELD_MISSING", words, 400, missing)


def unlocked(org: Org, row: Row) -> None:
    """Nobody holds the record, or one it points to; an approval holds the record alone. Raises a `Problem`."""
    if not org.holds:
        return
    parents = [value for name, value in row.items() if name.endswith(("Id", "__c")) and name != "OwnerId"]
    found = org.held([row["Id"], *parents])
    if found is None:
        return
    record_id, hold = found
    if hold.code == "UNABLE_TO_LOCK_ROW":
        raise locked(record_id)
    if record_id == row["Id"]:
        words = "This record is locked. If you need to edit it, contact your admin."
        raise Problem(hold.code, words, 400, [])


def unique(org: Org, kind: ObjectKind, row: Row) -> None:
    """No other live record has its unique values; raises a `Problem`."""
    for field in kind.unique:
        value = row.get(field.name)
        if value is None:
            continue
        for other in org.table(kind).holding(field.name, value):
            if other["Id"] != row["Id"] and not other.get("IsDeleted"):
                raise taken(field.name, other["Id"])


def _points_right(org: Org, user_id: str, field: Field, value: str) -> None:
    target = org.kind_of(value)
    if target is None or target.name not in field.to:
        words = f"{field.label}: id value of incorrect type: {value}"
        raise Problem("FIELD_INTEGRITY_EXCEPTION", words, 400, [field.name])
    row = org.table(target).rows.get(value)
    if row is None:
        raise Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", 400, [])
    if row.get("IsDeleted"):
        raise Problem("ENTITY_IS_DELETED", "entity is deleted", 400, [])
    if not org.sees(user_id, target, row):
        words = f"insufficient access rights on cross-reference id: {value[:15]}"
        raise Problem("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", words, 400, [])
