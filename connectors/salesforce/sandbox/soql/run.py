"""Runs a query over the org's records, as one user, and answers them as Salesforce writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from connectors.salesforce.sandbox.answers import VERSION
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.soql.aggregate import aggregated
from connectors.salesforce.sandbox.soql.conditions import Test, test_of
from connectors.salesforce.sandbox.soql.order import sort
from connectors.salesforce.sandbox.soql.paths import Column, Scope, column, no_object
from connectors.salesforce.sandbox.soql.tokens import complain
from connectors.salesforce.sandbox.soql.tree import Among, Compare, Condition, Count, Joined, Path, Query, paths
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.salesforce.sandbox.store.values import show


class Runner:
    """One query's run; `deleted` is queryAll: those in the recycle bin too."""

    def __init__(self, org: Org, user_id: str, text: str, *, deleted: bool, version: str) -> None:
        self._org, self._user_id, self._text = org, user_id, text
        self._deleted, self._version = deleted, version

    def rows(self, query: Query) -> tuple[Scope, list[Row]]:
        """The records that fit, in their order."""
        kind = self._org.schema.readable(self._user_id, query.source)
        if kind is None:
            no_object(self._text, query.source, query.at)
        scope = Scope(self._org, self._user_id, kind, self._text)
        test = test_of(scope, query.where, self._values) if query.where is not None else _all
        return scope, self._found(scope, query, test, self._candidates(scope, query.where))

    def _found(self, scope: Scope, query: Query, test: Test, among: Iterable[Row]) -> list[Row]:
        found = [row for row in among if self._there(scope, row) and test(row)]
        found = sort(scope, query.order, found)
        end = None if query.limit is None else query.offset + query.limit
        return found[query.offset : end]

    def _there(self, scope: Scope, row: Row) -> bool:
        return (self._deleted or not row.get("IsDeleted")) and scope.org.sees(scope.user_id, scope.kind, row)

    def _candidates(self, scope: Scope, where: Condition | None) -> Iterable[Row]:
        """Those an index leaves over; all, where none helps."""
        table = scope.org.table(scope.kind)
        for part in where.parts if isinstance(where, Joined) and where.word == "AND" else (where,):
            if not isinstance(part, Compare | Among) or len(part.path.names) != 1:
                continue
            field = scope.org.schema.fields(scope.user_id, scope.kind).get(part.path.names[0].lower())
            keys = _keys(part)
            if field is None or keys is None or not (field.indexed or field.kind == "id"):
                continue
            if field.kind in ("id", "reference"):
                keys = [key for each in keys if (key := long_id(each))]
            if field.kind == "id":
                return [table.rows[key] for key in dict.fromkeys(keys) if key in table.rows]
            return [row for key in dict.fromkeys(map(field.key, keys)) for row in table.holding(field.name, key)]
        return list(table.rows.values())

    def _values(self, query: Query) -> frozenset[Any]:
        scope, found = self.rows(query)
        [path, *others] = paths(query) or [Path(("",))]
        if others or len(query.select) != 1:
            complain(self._text, query.at, "semi join sub-selects can only select one field")
        wanted = column(scope, path)
        return frozenset(wanted.value(scope, row) for row in found)

    def records(self, query: Query) -> list[dict[str, Any]]:
        """The records as JSON."""
        if query.group or any(isinstance(item, Count) for item in query.select):
            whole = replace(query, order=(), limit=None, offset=0)
            scope, found = self.rows(whole)
            return aggregated(scope, query, found)
        scope, found = self.rows(query)
        shapes = [self._shape(scope, item) for item in query.select]
        return [self._record(scope.kind, row, shapes) for row in found]

    def _shape(self, scope: Scope, item: Path | Count | Query) -> Callable[[Row, dict[str, Any]], None]:
        """A function that puts what is selected of a row into its JSON."""
        if isinstance(item, Query):
            return self._children(scope, item)
        assert isinstance(item, Path)
        found = column(scope, item)

        def put(row: Row, record: dict[str, Any]) -> None:
            self._put(scope, found, row, record)

        return put

    def _put(self, scope: Scope, found: Column, row: Row, record: dict[str, Any]) -> None:
        for depth, relation in enumerate(found.relations, 1):
            parent = replace(found, steps=found.steps[:depth]).row(scope, row)
            kind = scope.org.kind_of(parent["Id"]) if parent is not None else None
            if parent is None or kind is None:
                record.setdefault(relation, None)
                return
            if record.get(relation) is None:
                record[relation] = self._attributes(kind, parent)
            record = record[relation]
        value = found.value(scope, row)
        record[found.name] = show(found.field, value) if found.field is not None else value

    def _children(self, scope: Scope, query: Query) -> Callable[[Row, dict[str, Any]], None]:
        pairs = scope.org.schema.children(scope.kind)
        child, reference = next(
            ((kind, each) for kind, each in pairs if each.children.lower() == query.source.lower()), (None, None)
        )
        if child is None or reference is None or scope.org.schema.readable(self._user_id, child.name) is None:
            words = (
                f"Didn't understand relationship '{query.source}' in FROM part of query call. If you are attempting "
                "to use a custom relationship, be sure to append the '__r' after the custom relationship name."
            )
            complain(self._text, query.at, words, "INVALID_FIELD")
        inner = Scope(scope.org, self._user_id, child, self._text)
        test = test_of(inner, query.where, self._values) if query.where is not None else _all
        shapes = [self._shape(inner, item) for item in query.select]
        table, name = scope.org.table(child), reference.name

        def put(row: Row, record: dict[str, Any]) -> None:
            found = self._found(inner, query, test, table.holding(name, row["Id"]))
            listed = [self._record(child, each, shapes) for each in found]
            whole = {"totalSize": len(listed), "done": True, "records": listed}
            record[reference.children] = whole if listed else None

        return put

    def _record(
        self, kind: ObjectKind, row: Row, shapes: Iterable[Callable[[Row, dict[str, Any]], None]]
    ) -> dict[str, Any]:
        record = self._attributes(kind, row)
        for put in shapes:
            put(row, record)
        return record

    def _attributes(self, kind: ObjectKind, row: Mapping[str, Any]) -> dict[str, Any]:
        url = f"/services/data/{self._version}/sobjects/{kind.name}/{row['Id']}"
        return {"attributes": {"type": kind.name, "url": url}}


def run(
    org: Org, user_id: str, query: Query, text: str, *, deleted: bool = False, version: str = VERSION
) -> tuple[int, list[dict[str, Any]]]:
    """How many records fit, and the records (none for `COUNT()` alone); raises a `Problem`."""
    runner = Runner(org, user_id, text, deleted=deleted, version=version)
    if query.select == (Count("COUNT"),):
        return len(runner.rows(query)[1]), []
    records = runner.records(query)
    return len(records), records


def _all(_: Mapping[str, Any]) -> bool:
    return True


def _keys(part: Compare | Among) -> list[str] | None:
    if isinstance(part, Compare):
        return [str(part.value.value)] if part.operator == "=" and part.value.kind == "text" else None
    if part.operator != "IN" or isinstance(part.values, Query):
        return None
    texts = [str(value.value) for value in part.values if value.kind == "text"]
    return texts if len(texts) == len(part.values) else None
