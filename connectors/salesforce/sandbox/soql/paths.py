"""A path such as `Contact.Account.Name`: checked against what the user may see, then followed from record to record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.schema.field import Field
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.soql.tokens import complain
from connectors.salesforce.sandbox.soql.tree import Path

_DEEPEST = 5
_HELP = "Please reference your WSDL or the describe call for the appropriate names."
_NAMELIKE = ("Id", "Name", "FirstName", "LastName", "Email", "Title", "Phone", "Alias")
"""What can be read of a record whose kind isn't known before (`Who`, `What`)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose eyes look at the records of which kind, on behalf of which query text."""

    org: Org
    user_id: str
    kind: ObjectKind
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A checked path: the references to follow, and the field at its end (None: of a record of any kind)."""

    steps: tuple[Field, ...]
    name: str
    field: Field | None
    relations: tuple[str, ...]

    def value(self, scope: Scope, row: Mapping[str, Any]) -> Any:
        """What stands there; None where the way ends before."""
        found = self.row(scope, row)
        if found is None:
            return None
        if self.field is not None:
            return scope.org.value(found, self.field)
        kind = scope.org.kind_of(found["Id"])
        if kind is None or self.name == "Type":
            return kind.name if kind else None
        own = scope.org.schema.fields(scope.user_id, kind).get(self.name.lower())
        return scope.org.value(found, own) if own else None

    def row(self, scope: Scope, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The record the field is of, if there is one that the user may see."""
        found: Mapping[str, Any] | None = row
        for step in self.steps:
            if found is None:
                return None
            record_id = scope.org.value(found, step)
            kind = scope.org.kind_of(record_id) if isinstance(record_id, str) else None
            found = scope.org.row(kind.name, record_id) if kind else None
            if found is not None and kind is not None and not scope.org.sees(scope.user_id, kind, found):
                return None
        return found


def column(scope: Scope, path: Path) -> Column:
    """Check a path; raises `Problem` INVALID_FIELD as Salesforce words it."""
    kinds: list[ObjectKind] = [scope.kind]
    steps: list[Field] = []
    relations: list[str] = []
    *walked, last = path.names
    if walked and walked[0].lower() == scope.kind.name.lower():
        walked = walked[1:]
    if len(walked) > _DEEPEST:
        complain(scope.text, path.at, f"Only {_DEEPEST} levels of parent relationships are allowed.")
    for name in walked:
        step = _relation(scope, kinds[-1] if len(kinds) == 1 else None, name)
        if step is None:
            words = (
                f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
                f"relationship, be sure to append the '__r' after the custom relationship name. {_HELP}"
            )
            complain(scope.text, path.at, words, "INVALID_FIELD")
        steps.append(step)
        relations.append(step.relation)
        kinds = [kind for name in step.to if (kind := scope.org.schema.readable(scope.user_id, name))]
    if len(kinds) != 1:
        if last.lower() in {name.lower() for name in (*_NAMELIKE, "Type")}:
            return Column(tuple(steps), last, None, tuple(relations))
        no_such(scope, path, last, "Name")
    field = scope.org.schema.fields(scope.user_id, kinds[0]).get(last.lower())
    if field is None:
        no_such(scope, path, last, kinds[0].name)
    return Column(tuple(steps), field.name, field, tuple(relations))


def no_such(scope: Scope, path: Path, name: str, entity: str) -> NoReturn:
    """Raise what Salesforce says of a field that isn't there."""
    words = (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
        f"append the '__c' after the custom field name. {_HELP}"
    )
    complain(scope.text, path.at, words, "INVALID_FIELD")


def no_object(text: str, name: str, at: int) -> NoReturn:
    """Raise what Salesforce says of an object that isn't there, or isn't for this user."""
    words = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        f"'__c' after the entity name. {_HELP}"
    )
    complain(text, at, words, "INVALID_TYPE")


def _relation(scope: Scope, kind: ObjectKind | None, name: str) -> Field | None:
    if kind is None:
        return None
    fields = scope.org.schema.fields(scope.user_id, kind).values()
    return next((each for each in fields if each.relation and each.relation.lower() == name.lower()), None)
