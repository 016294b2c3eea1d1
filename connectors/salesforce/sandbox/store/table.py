"""The records of one kind, found by id and by indexed value, and the journal that takes changes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.salesforce.sandbox.schema.field import Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.ids import make_id


class Journal:
    """What every changed record was before, so that a transaction can be undone to any point of it."""

    def __init__(self) -> None:
        self._before: list[tuple[Table, str, Row | None]] = []

    def note(self, table: Table, record_id: str, before: Row | None) -> None:
        """Keep what a record was."""
        self._before.append((table, record_id, before))

    def mark(self) -> int:
        """A point to come back to."""
        return len(self._before)

    def back_to(self, mark: int) -> None:
        """Undo everything since."""
        while len(self._before) > mark:
            table, record_id, before = self._before.pop()
            table.restore(record_id, before)

    def close(self) -> None:
        """What was done stays."""
        self._before.clear()


class Table:
    """Values that are None aren't kept: a row holds what it has."""

    def __init__(self, kind: ObjectKind, journal: Journal) -> None:
        self.kind = kind
        self.rows: dict[str, Row] = {}
        self._journal = journal
        self._last = 0
        self._indexed: dict[str, Field] = {}
        self._index: dict[str, dict[Any, dict[str, None]]] = {}
        self.adopt(kind)

    def adopt(self, kind: ObjectKind) -> None:
        """Fields may have come since: index what is to be."""
        self.kind = kind
        for name, field in kind.fields.items():
            if field.indexed and name not in self._indexed:
                self._indexed[name] = field
                self._index[name] = {}
                for record_id, row in self.rows.items():
                    self._put_index(name, row.get(name), record_id)

    def new_id(self) -> str:
        """An id nobody had."""
        self._last += 1
        return make_id(self.kind.prefix, self._last)

    def write(self, record_id: str, changes: Mapping[str, Any]) -> Row:
        """Set values (None: take away), making the record when there is none."""
        row = self.rows.get(record_id)
        self._journal.note(self, record_id, dict(row) if row is not None else None)
        if row is None:
            row = self.rows[record_id] = {"Id": record_id}
        for name, value in changes.items():
            if name in self._indexed:
                self._drop_index(name, row.get(name), record_id)
                self._put_index(name, value, record_id)
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value
        return row

    def remove(self, record_id: str) -> None:
        """Out of the recycle bin too."""
        self._journal.note(self, record_id, dict(self.rows[record_id]))
        self.restore(record_id, None)

    def restore(self, record_id: str, before: Row | None) -> None:
        """Make it what it was."""
        row = self.rows.get(record_id)
        for name in self._indexed:
            if row is not None:
                self._drop_index(name, row.get(name), record_id)
            if before is not None:
                self._put_index(name, before.get(name), record_id)
        if before is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = before

    def holding(self, name: str, value: Any) -> Iterator[Row]:
        """Records, deleted ones too, that have the value in an indexed field."""
        key = self._indexed[name].key(value)
        return (self.rows[record_id] for record_id in list(self._index[name].get(key, ())))

    def live(self) -> Iterator[Row]:
        """Those that aren't deleted, in the order they were made."""
        return (row for row in list(self.rows.values()) if not row.get("IsDeleted"))

    def _put_index(self, name: str, value: Any, record_id: str) -> None:
        if value is not None:
            self._index[name].setdefault(self._indexed[name].key(value), {})[record_id] = None

    def _drop_index(self, name: str, value: Any, record_id: str) -> None:
        if value is None:
            return
        key = self._indexed[name].key(value)
        ids = self._index[name].get(key)
        if ids is not None:
            ids.pop(record_id, None)
            if not ids:
                del self._index[name][key]
