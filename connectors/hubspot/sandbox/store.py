"""The records of one object type in one portal: found by id or by a merged one, unique values kept unique."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.definitions import Definition, ObjectType, standard

KEPT = 50


class Record:
    """One object: its values as text, and the last ones of each property."""

    __slots__ = ("archived_at", "created_at", "id", "properties", "updated_at", "writes")

    def __init__(self, record_id: str, at: float) -> None:
        self.id = record_id
        self.properties: dict[str, str] = {}
        self.writes: deque[tuple[float, str, dict[str, str]]] = deque(maxlen=KEPT)
        """The latest writes that changed something: when, from where, and what; newest last."""
        self.created_at = at
        self.updated_at = at
        self.archived_at: float | None = None

    @property
    def history(self) -> dict[str, list[tuple[str, float, str]]]:
        """Of each property its latest `(value, at, source)`, newest last."""
        found: dict[str, list[tuple[str, float, str]]] = {}
        for at, source, changed in self.writes:
            for name, value in changed.items():
                found.setdefault(name, []).append((value, at, source))
        return found


class Store:
    """All records of a type, and the properties they may have."""

    def __init__(self, kind: ObjectType, first_id: int) -> None:
        self.kind = kind
        self.definitions: dict[str, Definition] = standard(kind)
        self.unique_names = {name for name, each in self.definitions.items() if each.unique}
        self.records: dict[str, Record] = {}
        self.aliases: dict[str, str] = {}
        """Merged ids, each with the id that goes on."""
        self.erased: set[str] = set()
        self._next = first_id
        self._unique: dict[str, dict[str, str]] = {}

    def make(self, at: float) -> Record:
        """A new record, not yet among the others."""
        record = Record(str(self._next), at)
        self._next += 1
        record.properties |= {
            self.kind.created: iso(at),
            self.kind.modified: iso(at),
            "hs_object_id": record.id,
        }
        return record

    def find(self, record_id: str, *, archived: bool = False) -> Record | None:
        """The record that has or took over this id; archived ones only when asked for."""
        record = self.records.get(record_id)
        if record is None:
            seen = set()
            while record_id in self.aliases and record_id not in seen:
                seen.add(record_id)
                record_id = self.aliases[record_id]
            record = self.records.get(record_id)
        return record if record is not None and (record.archived_at is not None) == archived else None

    def by_value(self, name: str, value: str) -> Record | None:
        """The live record whose unique property has this value."""
        if name == "hs_object_id":
            return self.find(value)
        found = self._unique.get(name, {}).get(value.lower())
        return self.find(found) if found else None

    def owner_of(self, name: str, value: str) -> str | None:
        """The id of who has this value of a unique property."""
        return self._unique.get(name, {}).get(value.lower())

    def live(self) -> Iterator[Record]:
        """Those that aren't archived, in the order they were made."""
        return (record for record in self.records.values() if record.archived_at is None)

    def define(self, definition: Definition) -> None:
        """A property there is from now on."""
        name = definition.facts["name"]
        self.definitions[name] = definition
        if definition.unique:
            self.unique_names.add(name)

    def put(self, record: Record, values: Mapping[str, str], at: float, source: str) -> dict[str, str]:
        """Set checked values (empty: clear) and return those that changed."""
        held = record.properties
        changed = {name: value for name, value in values.items() if held.get(name, "") != value}
        for name in self.unique_names & changed.keys():
            self._index(name, held.get(name, ""), changed[name], record.id)
        held.update(changed)
        for name in [name for name, value in changed.items() if not value]:
            del held[name]
        if changed:
            record.writes.append((at, source, changed))
        self.touch(record, at)
        return changed

    def touch(self, record: Record, at: float) -> None:
        """It changed now; never before it did last."""
        record.updated_at = max(at, record.updated_at)
        record.properties[self.kind.modified] = iso(record.updated_at)

    def put_away(self, record: Record, name: str) -> None:
        """Its value of a property that is archived goes with it."""
        if name in record.properties:
            self._index(name, record.properties.pop(name), "", record.id)

    def forget(self, record: Record) -> None:
        """Its unique values are free again."""
        for name in self._unique:
            self._index(name, record.properties.get(name, ""), "", record.id)

    def remember(self, record: Record) -> None:
        """Its unique values are taken again."""
        for name in self.unique_names & record.properties.keys():
            self._index(name, "", record.properties[name], record.id)

    def _index(self, name: str, before: str, value: str, record_id: str) -> None:
        index = self._unique.setdefault(name, {})
        if before and index.get(before.lower()) == record_id:
            del index[before.lower()]
        if value:
            index[value.lower()] = record_id


def show(record: Record, kind: ObjectType, names: Iterable[str] | None = None, *, nulls: bool = True) -> dict[str, Any]:
    """A record as answers hold it; `names`: exactly these properties, else what it has of the type's shown ones."""
    held = record.properties
    if names is None:
        properties: dict[str, str | None] = {name: held.get(name) for name in kind.shown}
    else:
        properties = {name: held.get(name) for name in names}
    if not nulls:
        properties = {name: value for name, value in properties.items() if value is not None}
    shown: dict[str, Any] = {
        "id": record.id,
        "properties": properties,
        "createdAt": iso(record.created_at),
        "updatedAt": held[kind.modified],
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        shown["archivedAt"] = iso(record.archived_at)
    return shown
