"""One kind of object: its names, its key prefix, its fields, and those every object has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from connectors.salesforce.sandbox.schema.field import Field, of, ref


@dataclass(frozen=True)
class ObjectKind:
    """`Contact`, say. `owned`: its records have an owner, by whom sharing goes; else they are shared with their parent.

    `parent` names the reference that decides who sees a record that has no owner.
    """

    name: str
    label: str
    plural: str
    prefix: str
    fields: dict[str, Field] = field(repr=False)
    owned: bool = False
    parent: str = ""
    writable: bool = True
    mergeable: bool = False

    @property
    def custom(self) -> bool:
        """Made by an admin or a package."""
        return self.name.endswith("__c")

    @cached_property
    def unique(self) -> tuple[Field, ...]:
        """Fields of which no two records have the same value."""
        return tuple(each for each in self.fields.values() if each.unique)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Fields no record is without."""
        return tuple(each.name for each in self.fields.values() if each.required)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What a record has when nothing else is said."""
        return {each.name: each.default for each in self.fields.values() if each.default is not None}


def kind(
    name: str,
    prefix: str,
    *fields: Field,
    plural: str = "",
    label: str = "",
    owned: bool = False,
    parent: str = "",
    writable: bool = True,
    mergeable: bool = False,
) -> ObjectKind:
    """An object with its own fields and the system's."""
    label = label or name
    listed = [*_system(owned=owned), *fields]
    made = {each.name: each for each in listed}
    return ObjectKind(name, label, plural or f"{label}s", prefix, made, owned, parent, writable, mergeable)


def _system(*, owned: bool) -> Sequence[Field]:
    fixed: dict[str, Any] = {"create": False, "update": False}
    return [
        of("id", "Id", length=18, label="Record ID", **fixed),
        of("boolean", "IsDeleted", label="Deleted", default=False, **fixed),
        *([ref("OwnerId", "User", label="Owner ID")] if owned else []),
        of("datetime", "CreatedDate", **fixed),
        ref("CreatedById", "User", **fixed),
        of("datetime", "LastModifiedDate", **fixed),
        ref("LastModifiedById", "User", **fixed),
        of("datetime", "SystemModstamp", **fixed),
    ]
