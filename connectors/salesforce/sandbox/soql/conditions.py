"""WHERE: each condition checked against its field once, then asked of every record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.schema.field import NUMERIC, TEXTUAL, Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.soql import spans
from connectors.salesforce.sandbox.soql.parse import parse_condition
from connectors.salesforce.sandbox.soql.paths import Column, Scope, column
from connectors.salesforce.sandbox.soql.tokens import complain
from connectors.salesforce.sandbox.soql.tree import Among, Compare, Condition, Joined, Not, Path, Query, Value
from connectors.salesforce.sandbox.store.ids import long_id

Test = Callable[[Mapping[str, Any]], bool]
Ask = Callable[[Query], frozenset[Any]]
"""Runs a subquery and answers the values of its one column."""


def holds(org: Org, kind: ObjectKind, row: Row, condition: str) -> bool:
    """Whether a condition, as text, is true of one record; asked as the org's admin."""

    def no_subquery(_: Query) -> frozenset[Any]:
        raise ValueError("a rule can't ask for other records")

    scope = Scope(org, org.admin_id, kind, condition)
    return test_of(scope, parse_condition(condition), no_subquery)(row)


def test_of(scope: Scope, condition: Condition, ask: Ask) -> Test:
    """A function that says of a record whether the condition holds; raises a `Problem` for one that can't be asked."""
    match condition:
        case Joined("AND", parts):
            tests = [test_of(scope, part, ask) for part in parts]
            return lambda row: all(test(row) for test in tests)
        case Joined(_, parts):
            tests = [test_of(scope, part, ask) for part in parts]
            return lambda row: any(test(row) for test in tests)
        case Not(part):
            test = test_of(scope, part, ask)
            return lambda row: not test(row)
        case Among(path, operator, values):
            return _among(scope, path, operator, values, ask)
        case Compare(path, operator, value):
            return _compare(scope, path, operator, value)


def _compare(scope: Scope, path: Path, operator: str, value: Value) -> Test:
    found, field = _filtered(scope, path)
    if operator == "LIKE":
        pattern = _pattern(scope, path, field, value)
        return lambda row: isinstance(text := found.value(scope, row), str) and pattern.fullmatch(text) is not None
    if value.kind == "span" or (value.kind == "date" and field is not None and field.kind == "datetime"):
        return _within(scope, found, field, path, operator, value)
    wanted = _wanted(scope, path, field, value)
    if operator in ("=", "!="):
        same = operator == "="
        return lambda row: (_key(field, found.value(scope, row)) == wanted) is same
    if wanted is None or (field is not None and field.kind in ("boolean", "reference")):
        complain(scope.text, path.at, f"invalid operator on {field.kind if field else 'string'} field", "INVALID_FIELD")
    return _ordered(scope, found, field, operator, wanted)


def _ordered(scope: Scope, found: Column, field: Field | None, operator: str, wanted: Any) -> Test:
    compare = _COMPARE[operator]

    def test(row: Mapping[str, Any]) -> bool:
        value = _key(field, found.value(scope, row))
        return value is not None and compare(value, wanted)

    return test


def _within(scope: Scope, found: Column, field: Field | None, path: Path, operator: str, value: Value) -> Test:
    """A day or a span of days: `=` is anywhere in it, `<` before it begins, `>` after it ends."""
    if field is None or field.kind not in ("date", "datetime"):
        _mismatch(scope, path, field)
    if value.kind == "date":
        words = (
            f"value of filter criterion for field '{field.name}' must be of type dateTime and should not be "
            "enclosed in quotes"
        )
        complain(scope.text, path.at, words, "INVALID_FIELD")
    first, last = spans.days(str(value.value), scope.org.now().date())

    def test(row: Mapping[str, Any]) -> bool:
        held = found.value(scope, row)
        if held is None:
            return operator == "!="
        day = held.date() if isinstance(held, datetime) else held
        inside = first <= day <= last
        answers = {"=": inside, "!=": not inside, "<": day < first, "<=": day <= last, ">": day > last}
        return answers.get(operator, day >= first)

    return test


def _among(scope: Scope, path: Path, operator: str, values: tuple[Value, ...] | Query, ask: Ask) -> Test:
    found, field = _filtered(scope, path)
    if operator in ("INCLUDES", "EXCLUDES"):
        return _including(scope, path, found, operator, values)
    if isinstance(values, Query):
        wanted = frozenset(value for value in ask(values) if value is not None)
    else:
        wanted = frozenset(_wanted(scope, path, field, value) for value in values)
    inside = operator == "IN"
    return lambda row: (_key(field, found.value(scope, row)) in wanted) is inside


def _including(scope: Scope, path: Path, found: Column, operator: str, values: tuple[Value, ...] | Query) -> Test:
    """`INCLUDES ('a;b', 'c')`: both of the first, or the second."""
    if found.field is None or found.field.kind != "multipicklist" or isinstance(values, Query):
        words = f"{operator.lower()} operator only valid on multipicklist fields"
        complain(scope.text, path.at, words, "INVALID_FIELD")
    wanted = [_parts(value.value) for value in values]

    def test(row: Mapping[str, Any]) -> bool:
        held = _parts(found.value(scope, row))
        return any(each <= held for each in wanted) is (operator == "INCLUDES")

    return test


def _parts(value: object) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in str(value or "").split(";") if part.strip())


def _filtered(scope: Scope, path: Path) -> tuple[Column, Field | None]:
    found = column(scope, path)
    if found.field is not None and not found.field.filterable:
        words = f"field '{found.field.name}' can not be filtered in a query call"
        complain(scope.text, path.at, words, "INVALID_FIELD")
    return found, found.field


def _wanted(scope: Scope, path: Path, field: Field | None, value: Value) -> Any:
    if value.kind == "null":
        return None
    kind = field.kind if field is not None else "string"
    fits = {
        "text": kind in TEXTUAL,
        "number": kind in NUMERIC,
        "boolean": kind == "boolean",
        "date": kind == "date",
        "datetime": kind == "datetime",
    }
    if not fits.get(value.kind, False):
        _mismatch(scope, path, field)
    if kind in ("id", "reference") and value.value:
        whole = long_id(str(value.value))
        if whole is None:
            words = f"invalid ID field: {value.value}"
            complain(scope.text, path.at, words, "INVALID_QUERY_FILTER_OPERATOR")
        return whole
    return _key(field, value.value)


def _mismatch(scope: Scope, path: Path, field: Field | None) -> NoReturn:
    kind = field.kind if field is not None else "string"
    quoted = "should be enclosed in quotes" if kind in TEXTUAL else "should not be enclosed in quotes"
    named = {"datetime": "dateTime"}.get(kind, "string" if kind in TEXTUAL else kind)
    words = f"value of filter criterion for field '{path.names[-1]}' must be of type {named} and {quoted}"
    complain(scope.text, path.at, words, "INVALID_FIELD")


def _key(field: Field | None, value: Any) -> Any:
    """What values are compared by: text without case, no text as nothing, an empty box as no."""
    if field is not None and field.kind == "boolean":
        return bool(value)
    if isinstance(value, str):
        folded = value.lower() if field is None else field.key(value)
        return folded or None
    return value


def _pattern(scope: Scope, path: Path, field: Field | None, value: Value) -> re.Pattern[str]:
    if field is not None and (field.kind not in TEXTUAL or field.kind in ("id", "reference")):
        complain(scope.text, path.at, f"invalid operator on {field.kind} field", "INVALID_FIELD")
    parts = []
    for escaped, any_text, any_char, other in re.findall(r"\\(.)|(%)|(_)|(.)", str(value.value), re.DOTALL):
        parts.append(".*" if any_text else "." if any_char else re.escape(escaped or other))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _less(one: Any, other: Any) -> bool:
    return bool(one < other)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": _less,
    "<=": lambda one, other: not _less(other, one),
    ">": lambda one, other: _less(other, one),
    ">=": lambda one, other: not _less(one, other),
}
