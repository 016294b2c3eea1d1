"""COUNT, MIN, MAX, SUM, AVG, with or without GROUP BY."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.soql.paths import Column, Scope, column
from connectors.salesforce.sandbox.soql.tokens import complain
from connectors.salesforce.sandbox.soql.tree import Count, Path, Query
from connectors.salesforce.sandbox.store.values import show

_WORK: Mapping[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "SUM": lambda values: float(sum(values)) if values else None,
    "AVG": lambda values: sum(values) / len(values) if values else None,
}


def aggregated(scope: Scope, query: Query, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """One `AggregateResult` a group."""
    groups = [column(scope, path) for path in query.group]
    found: dict[tuple[Any, ...], list[Row]] = {} if groups else {(): []}
    for row in rows:
        found.setdefault(tuple(each.value(scope, row) for each in groups), []).append(row)
    shown = [_result(scope, query, members) for members in found.values()]
    end = None if query.limit is None else query.offset + query.limit
    return shown[query.offset : end]


def _result(scope: Scope, query: Query, rows: Sequence[Row]) -> dict[str, Any]:
    result: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    unnamed = 0
    for item in query.select:
        if isinstance(item, Path):
            if item not in query.group:
                complain(scope.text, item.at, f"Field must be grouped or aggregated: {item}")
            wanted = column(scope, item)
            result[wanted.name] = _shown(wanted, wanted.value(scope, rows[0]))
        elif isinstance(item, Count):
            result[item.alias or f"expr{unnamed}"] = _worked_out(scope, item, rows)
            unnamed += not item.alias
        else:
            complain(scope.text, query.at, "Nested query is not allowed with GROUP BY")
    return result


def _worked_out(scope: Scope, item: Count, rows: Sequence[Row]) -> Any:
    if item.path is None:
        return len(rows)
    wanted = column(scope, item.path)
    values = [value for row in rows if (value := wanted.value(scope, row)) is not None]
    if item.function in ("SUM", "AVG") and not all(isinstance(value, int | float) for value in values):
        complain(scope.text, item.path.at, f"field {item.path} does not support aggregate operator {item.function}")
    return _shown(wanted, _WORK[item.function](values))


def _shown(wanted: Column, value: Any) -> Any:
    return show(wanted.field, value) if wanted.field is not None and not isinstance(value, int) else value
