"""A query as a tree, and as text again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Path:
    """`Account.Name`; `at` is where it stands in the text, for complaints."""

    names: tuple[str, ...]
    at: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.names == other.names

    def __hash__(self) -> int:
        return hash(self.names)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Count:
    """`COUNT()`, `COUNT(Id)`, `MAX(Amount) most`; without a path the rows themselves are counted."""

    function: str
    path: Path | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal: `kind` says how it was written. A `pattern` (of LIKE) keeps its escapes, a `text` hasn't any left."""

    kind: Literal["text", "pattern", "number", "boolean", "null", "date", "datetime", "span"]
    value: Any
    at: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and (self.kind, self.value) == (other.kind, other.value)

    def __hash__(self) -> int:
        return hash((self.kind, self.value))


@dataclass(frozen=True, slots=True)
class Compare:
    """`Name = 'x'`, `Name LIKE 'x%'`."""

    path: Path
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """`IN`, `NOT IN`, `INCLUDES`, `EXCLUDES`: of literals or of a subquery."""

    path: Path
    operator: str
    values: tuple[Value, ...] | Query


@dataclass(frozen=True, slots=True)
class Joined:
    """`AND` or `OR` of two or more."""

    word: Literal["AND", "OR"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Condition


Condition = Compare | Among | Joined | Not


@dataclass(frozen=True, slots=True)
class Order:
    """One of ORDER BY."""

    path: Path
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """`SELECT …`."""

    select: tuple[Path | Count | Query, ...]
    source: str
    where: Condition | None = None
    group: tuple[Path, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    at: int = 0
    """Where the object's name stands."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))


def _key(query: Query) -> tuple[Any, ...]:
    return (query.select, query.source, query.where, query.group, query.order, query.limit, query.offset)


_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)
_PATTERN_ESCAPES = {sign: escape for sign, escape in _ESCAPES.items() if sign != ord("\\")}


def text_of(query: Query) -> str:
    """The query as it would be written; parsing it yields the same tree."""
    selected = ", ".join(_item(item) for item in query.select)
    parts = [f"SELECT {selected} FROM {query.source}"]
    if query.where is not None:
        parts.append(f"WHERE {condition_text(query.where)}")
    if query.group:
        parts.append(f"GROUP BY {', '.join(map(str, query.group))}")
    if query.order:
        parts.append(f"ORDER BY {', '.join(_order(each) for each in query.order)}")
    if query.limit is not None:
        parts.append(f"LIMIT {query.limit}")
    if query.offset:
        parts.append(f"OFFSET {query.offset}")
    return " ".join(parts)


def condition_text(condition: Condition) -> str:
    """A condition as it would be written."""
    match condition:
        case Compare(path, operator, value):
            return f"{path} {operator} {value_text(value)}"
        case Among(path, operator, Query() as query):
            return f"{path} {operator} ({text_of(query)})"
        case Among(path, operator, values):
            assert not isinstance(values, Query)
            return f"{path} {operator} ({', '.join(value_text(value) for value in values)})"
        case Joined(word, parts):
            return f" {word} ".join(_nested(part) for part in parts)
        case Not(part):
            return f"NOT {_nested(part)}"


def value_text(value: Value) -> str:
    """A literal as it would be written."""
    found = value.value
    match value.kind:
        case "text":
            return f"'{str(found).translate(_ESCAPES)}'"
        case "pattern":
            return f"'{str(found).translate(_PATTERN_ESCAPES)}'"
        case "boolean":
            return str(found).lower()
        case "null":
            return "null"
        case "date":
            assert isinstance(found, date)
            return found.isoformat()
        case "datetime":
            assert isinstance(found, datetime)
            return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(found)


def _item(item: Path | Count | Query) -> str:
    if isinstance(item, Query):
        return f"({text_of(item)})"
    if isinstance(item, Path):
        return str(item)
    return f"{item.function}({item.path or ''}){f' {item.alias}' if item.alias else ''}"


def _nested(part: Condition) -> str:
    text = condition_text(part)
    return f"({text})" if isinstance(part, Joined | Not) else text


def _order(order: Order) -> str:
    return f"{order.path} {'DESC' if order.descending else 'ASC'} NULLS {'LAST' if order.nulls_last else 'FIRST'}"


def paths(query: Query) -> Sequence[Path]:
    """What is selected, without counts and subqueries."""
    return [item for item in query.select if isinstance(item, Path)]
