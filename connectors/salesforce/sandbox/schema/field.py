"""One field of an object: its type, its limits, who may write it – and short ways to write each kind down."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal[
    "id",
    "string",
    "textarea",
    "email",
    "phone",
    "url",
    "picklist",
    "multipicklist",
    "boolean",
    "int",
    "double",
    "currency",
    "percent",
    "date",
    "datetime",
    "reference",
]
TEXTUAL: frozenset[str] = frozenset(
    {"id", "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "reference"}
)
NUMERIC: frozenset[str] = frozenset({"int", "double", "currency", "percent"})
LONG = 255
"""A text area longer than this can neither be filtered nor sorted by."""

Row = dict[str, Any]


class Rows(Protocol):
    """Where a derived field looks other records up."""

    def row(self, kind: str, record_id: object) -> Mapping[str, Any] | None:
        """The record, deleted or not."""
        ...


Derive = Callable[[Rows, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """As `describe` tells it. `derive`: the value is never stored but worked out when read."""

    name: str
    kind: Kind
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    required: bool = False
    default: Any = None
    options: tuple[str, ...] = ()
    restricted: bool = False
    to: tuple[str, ...] = ()
    """Objects it may point to."""
    relation: str = ""
    """Its name in a path: `Account` of `AccountId`."""
    children: str = ""
    """Its name in a subquery at the other end: `Contacts`."""
    on_delete: Literal["clear", "cascade"] = "clear"
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    create: bool = True
    update: bool = True
    derive: Derive | None = None

    @property
    def custom(self) -> bool:
        """Made by an admin or a package."""
        return self.name.endswith("__c")

    @property
    def indexed(self) -> bool:
        """Whether records are found by it without looking at all of them."""
        return self.external_id or self.unique or (self.kind == "reference" and self.derive is None)

    @property
    def filterable(self) -> bool:
        """Whether it may stand in WHERE and ORDER BY."""
        return not (self.kind == "textarea" and self.length > LONG)

    def key(self, value: Any) -> Any:
        """What two values of it are the same by."""
        return value.lower() if isinstance(value, str) and self._folds else value

    @property
    def _folds(self) -> bool:
        return self.kind not in ("id", "reference") and not self.case_sensitive


def label_of(name: str) -> str:
    """`CTA_Clicked_At__c` → `CTA Clicked At`, `FirstName` → `First Name`, `AccountId` → `Account ID`."""
    plain = name.removesuffix("__c").replace("_", " ")
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return re.sub(r"\bId\b", "ID", spaced)


def text(name: str, length: int = 255, **more: Any) -> Field:
    """One line."""
    return _made(name, "string", length=length, **more)


def long_text(name: str, length: int = 32_000, **more: Any) -> Field:
    """Many lines."""
    return _made(name, "textarea", length=length, **more)


def pick(name: str, *options: str, restricted: bool = False, **more: Any) -> Field:
    """One of several; unless `restricted`, the API takes others too."""
    return _made(name, "picklist", length=255, options=options, restricted=restricted, **more)


def pick_many(name: str, *options: str, **more: Any) -> Field:
    """Any of several, kept as `a;b` in the order they are offered."""
    return _made(name, "multipicklist", length=4099, options=options, restricted=True, **more)


def flag(name: str, **more: Any) -> Field:
    """Yes or no, never empty."""
    return _made(name, "boolean", default=False, **more)


def number(name: str, precision: int = 18, scale: int = 0, **more: Any) -> Field:
    """`precision` digits in all, `scale` of them after the point."""
    return _made(name, "double", precision=precision, scale=scale, **more)


def money(name: str, **more: Any) -> Field:
    """In the org's or the record's currency."""
    return _made(name, "currency", precision=18, scale=2, **more)


def of(kind: Kind, name: str, **more: Any) -> Field:
    """A field whose kind says all."""
    lengths = {"email": 80, "phone": 40, "url": 255}
    return _made(name, kind, **{"length": lengths.get(kind, 0), **more})


def ref(name: str, *to: str, children: str = "", **more: Any) -> Field:
    """Points to a record of one of `to`."""
    relation = name.removesuffix("__c") + "__r" if name.endswith("__c") else name.removesuffix("Id")
    return _made(name, "reference", length=18, to=to, relation=relation, children=children, **more)


def derived(name: str, kind: Kind, how: Derive, **more: Any) -> Field:
    """Worked out from other values; nobody writes it."""
    return _made(name, kind, derive=how, create=False, update=False, **more)


def _made(name: str, kind: Kind, **more: Any) -> Field:
    return Field(**{"name": name, "kind": kind, "label": label_of(name), **more})
