"""Thousands of rows in one bound parameter: a JSON list the database unpacks, so a statement's text never grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    String,
    Subquery,
    TableValuedAlias,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)


def packed(rows: Iterable[Sequence[str]]) -> str:
    """The value to bind as `given`."""
    return orjson.dumps([list(row) for row in rows]).decode()


def given(dialect: str, *columns: str) -> Subquery:
    """The rows bound as `given`, as a table of text columns in that order."""
    each = _each(dialect)
    cells = [cast(_cell(dialect, each, place), String).label(name) for place, name in enumerate(columns)]
    return select(*cells).subquery("given")


def among(dialect: str, column: Any) -> ColumnElement[bool]:
    """Whether `column` is one of the values bound as `given` (rows of one)."""
    value = select(cast(_cell(dialect, _each(dialect), 0), String))
    if dialect == "postgresql":
        # An array is known before the plan runs, so the column's index is used whatever the statistics say.
        return column == func.any(func.array(value.scalar_subquery()))  # type: ignore[no-any-return]
    return column.in_(value)  # type: ignore[no-any-return]


def _each(dialect: str) -> TableValuedAlias:
    value = bindparam("given", type_=String())
    if dialect == "postgresql":
        return func.json_array_elements(cast(value, JSON)).table_valued("value", name="each")
    return func.json_each(value).table_valued("value", name="each")


def _cell(dialect: str, each: TableValuedAlias, place: int) -> ColumnElement[Any]:
    if dialect == "postgresql":
        return each.c.value.op("->>")(literal_column(str(place)))
    return func.json_extract(each.c.value, literal_column(f"'$[{place}]'"))
