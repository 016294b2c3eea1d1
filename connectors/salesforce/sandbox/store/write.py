"""Creating, changing and deleting one record at a time, each with every check Salesforce makes, in its order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import (
    Problem,
    deleted,
    no_column,
    no_record,
    no_rights,
    not_writable,
)
from connectors.salesforce.sandbox.schema.field import Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store import checks, flows, rules
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.salesforce.sandbox.store.values import take

MALFORMED = frozenset({"INVALID_FIELD", "JSON_PARSER_ERROR"})
"""What is found wrong while a body is read, before any record of it is touched."""


def _no_trouble() -> Problem | None:
    return None


class Writer:
    """Writes as one user; `trouble` is asked before each record, and what it answers is raised."""

    def __init__(self, org: Org, user_id: str, trouble: Callable[[], Problem | None] = _no_trouble) -> None:
        self.org, self.user_id, self._trouble = org, user_id, trouble

    def read(self, kind: ObjectKind, given: Mapping[str, Any], *, creating: bool | None) -> Row:
        """The values as they are kept; `creating` None: not known yet (upsert). Raises a `Problem`."""
        visible = self.org.schema.fields(self.user_id, kind)
        values: Row = {}
        closed: list[str] = []
        for name, value in given.items():
            if name == "attributes":
                continue
            if isinstance(value, Mapping):
                parent, found = self._by_external_id(kind, name, value)
                values[parent.name] = found
                continue
            field = visible.get(name.lower())
            if field is None:
                raise no_column(name, kind.name)
            if not (field.create if creating else field.update):
                closed.append(field.name)
            else:
                values[field.name] = take(field, value)
        if closed and creating is not None:
            raise not_writable(closed)
        return values

    def create(self, kind: ObjectKind, given: Mapping[str, Any]) -> str:
        """Make a record and answer its id."""
        self._may(kind, "C")
        with self.org.whole():
            self._strike()
            values = self.read(kind, given, creating=True)
            return self.insert(kind, values)

    def update(self, kind: ObjectKind, record_id: str, given: Mapping[str, Any]) -> None:
        """Change a record."""
        self._may(kind, "U")
        row = self.find(kind, record_id)
        with self.org.whole():
            self._strike()
            self.change(kind, row, self.read(kind, given, creating=False))

    def upsert(self, kind: ObjectKind, field: Field, key: Any, given: Mapping[str, Any]) -> tuple[str, bool]:
        """Change the record that has the key in an external id field, or make it; says whether it was made."""
        if any(name.lower() == field.name.lower() for name in given):
            words = f"The {field.name} field should not be specified in the sobject data."
            raise Problem("INVALID_FIELD", words)
        found = [row for row in self.matching(kind, field, key) if not row.get("IsDeleted")]
        if len(found) > 1:
            raise Problem("DUPLICATE_EXTERNAL_ID", f"{field.name}: more than one record found for external id field")
        if found:
            self.update(kind, found[0]["Id"], given)
            return str(found[0]["Id"]), False
        return self.create(kind, {**given, field.name: key}), True

    def delete(self, kind: ObjectKind, record_id: str) -> None:
        """Into the recycle bin."""
        self._may(kind, "D")
        row = self.find(kind, record_id)
        with self.org.whole():
            self._strike()
            checks.unlocked(self.org, row)
            rules.before_delete(self.org, kind, row)
            self.drop(kind, row)

    # -- what others build on ------------------------------------------------

    def matching(self, kind: ObjectKind, field: Field, key: Any) -> list[Row]:
        """Records, deleted ones too, with the key in an indexed field."""
        return list(self.org.table(kind).holding(field.name, take(field, key)))

    def find(self, kind: ObjectKind, record_id: str) -> Row:
        """A live record the user may see, by either form of its id; raises what Salesforce says for each other."""
        whole = long_id(record_id)
        row = self.org.table(kind).rows.get(whole or "")
        if row is None or not self.org.sees(self.user_id, kind, row):
            raise no_record(record_id)
        if row.get("IsDeleted"):
            raise deleted()
        return row

    def insert(self, kind: ObjectKind, values: Row) -> str:
        """Make a record of checked values."""
        table = self.org.table(kind)
        now = self.org.now()
        row: Row = kind.defaults | {name: value for name, value in values.items() if value is not None}
        row |= {"CreatedDate": now, "CreatedById": self.user_id}
        if kind.owned and not row.get("OwnerId"):
            row["OwnerId"] = self.user_id
        record_id = table.new_id()
        row["Id"] = record_id
        checks.fits(self.org, self.user_id, kind, row, values)
        rules.before_save(self.org, kind, row, None)
        checks.complete(kind, row)
        checks.unlocked(self.org, row)
        checks.unique(self.org, kind, row)
        table.write(record_id, row | self._stamp())
        self.follow(kind, record_id, None)
        return record_id

    def change(self, kind: ObjectKind, row: Row, values: Row) -> None:
        """Set checked values."""
        before = dict(row)
        after = {**row, **values}
        checks.unlocked(self.org, after)
        checks.fits(self.org, self.user_id, kind, after, values)
        rules.before_save(self.org, kind, after, before)
        checks.complete(kind, after)
        checks.unique(self.org, kind, after)
        changed = {name: after.get(name) for name in {*after, *before} if after.get(name) != before.get(name)}
        self.org.table(kind).write(row["Id"], changed | self._stamp())
        self.follow(kind, row["Id"], before)

    def drop(self, kind: ObjectKind, row: Row) -> None:
        """Delete with all that goes with it; what only points here points nowhere from now on."""
        self.org.table(kind).write(row["Id"], {"IsDeleted": True, **self._stamp()})
        for child, field in self.org.schema.children(kind):
            if not field.indexed or field.name == "MasterRecordId":
                continue
            for each in list(self.org.table(child).holding(field.name, row["Id"])):
                if each.get("IsDeleted"):
                    continue
                if field.on_delete == "cascade":
                    self.drop(child, each)
                elif not field.name.startswith("Converted"):
                    self.org.table(child).write(each["Id"], {field.name: None, **self._stamp()})

    # -- checks --------------------------------------------------------------

    def _may(self, kind: ObjectKind, what: str) -> None:
        if not self.org.schema.may(self.user_id, kind, what):
            raise no_rights()

    def _strike(self) -> None:
        if trouble := self._trouble():
            raise trouble

    def _stamp(self) -> Row:
        now = self.org.now()
        return {"LastModifiedDate": now, "LastModifiedById": self.user_id, "SystemModstamp": now}

    def follow(self, kind: ObjectKind, record_id: str, before: Row | None) -> None:
        """What a save does to other records."""
        rules.after_save(self, kind, self.org.table(kind).rows[record_id], before)
        if self.org.schema.deployed and self.org.switches.flows:
            flows.after_save(self, kind, self.org.table(kind).rows[record_id], before)

    def _by_external_id(self, kind: ObjectKind, name: str, value: Mapping[str, Any]) -> tuple[Field, str]:
        """`{"Contact__r": {"Ext__c": "7"}}` points by an external id instead of a record id."""
        field = next(
            (each for each in kind.fields.values() if each.relation.lower() == name.lower() and each.relation), None
        )
        given = {key: each for key, each in value.items() if key != "attributes"}
        if field is None or len(given) != 1:
            raise no_column(name, kind.name)
        [(key_name, key)] = given.items()
        for target_name in field.to:
            target = self.org.schema.readable(self.user_id, target_name)
            key_field = self.org.schema.fields(self.user_id, target).get(key_name.lower()) if target else None
            if target is None or key_field is None or not (key_field.external_id or key_field.kind == "id"):
                continue
            if key_field.kind == "id":
                return field, take(field, key)
            rows = [row for row in self.matching(target, key_field, key) if not row.get("IsDeleted")]
            if len(rows) == 1:
                return field, str(rows[0]["Id"])
            words = f"Foreign key external ID: {key} not found for field {key_field.name} in entity {target.name}"
            raise Problem("INVALID_FIELD", words, 400, [])
        raise no_column(key_name, "/".join(field.to))
