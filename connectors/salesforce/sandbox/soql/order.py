"""ORDER BY: by any number of columns, nothing first or last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.soql.paths import Column, Scope, column
from connectors.salesforce.sandbox.soql.tokens import complain
from connectors.salesforce.sandbox.soql.tree import Order


def sort(scope: Scope, order: Sequence[Order], rows: list[Row]) -> list[Row]:
    """The rows in the order asked for; without one, as they were made."""
    if not order:
        return rows
    columns = [_sortable(scope, each) for each in order]
    keyed = [([_key(found, scope, row) for found in columns], row) for row in rows]

    if len(order) == 1 and not any(keys[0] is None for keys, _ in keyed):
        keyed.sort(key=lambda each: each[0][0], reverse=order[0].descending)
        return [row for _, row in keyed]

    def compare(one: tuple[list[Any], Row], other: tuple[list[Any], Row]) -> int:
        for each, left, right in zip(order, one[0], other[0], strict=True):
            if left == right:
                continue
            if left is None or right is None:
                return (1 if left is None else -1) * (1 if each.nulls_last else -1)
            return (1 if left > right else -1) * (-1 if each.descending else 1)
        return 0

    return [row for _, row in sorted(keyed, key=cmp_to_key(compare))]


def _sortable(scope: Scope, order: Order) -> Column:
    found = column(scope, order.path)
    if found.field is not None and not found.field.filterable:
        words = f"field '{found.field.name}' can not be sorted in a query call"
        complain(scope.text, order.path.at, words)
    return found


def _key(found: Column, scope: Scope, row: Mapping[str, Any]) -> Any:
    value = found.value(scope, row)
    if found.field is not None and found.field.kind == "boolean":
        return bool(value)
    return value.lower() if isinstance(value, str) and found.field is not None and found.field.kind != "id" else value
