"""Lists of contacts: fixed ones with their members, and active ones whose filters decide anew at each look."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.store import Record

PROCESSING = ("MANUAL", "DYNAMIC", "SNAPSHOT")


@dataclass
class ContactList:
    """One list. `members`: contact ids with the time they came in; whoever changes them says so in `changes`."""

    id: str
    name: str
    processing: str
    created_at: float
    filters: dict[str, Any] | None = None
    members: dict[str, float] = field(default_factory=dict)
    changes: int = 0
    """How often members came or went."""
    _sorted: list[int] = field(default_factory=list, repr=False)
    _seen: int = -1

    def as_json(self, portal: Portal, *, filters: bool = False) -> dict[str, Any]:
        """As the API shows it."""
        shown: dict[str, Any] = {
            "listId": self.id,
            "listVersion": 1,
            "name": self.name,
            "objectTypeId": "0-1",
            "processingType": self.processing,
            "processingStatus": "COMPLETE",
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.created_at),
            "size": self.size(portal),
        }
        return shown | ({"filterBranch": self.filters} if filters and self.filters else {})

    def page(self, portal: Portal, after: int, limit: int) -> tuple[list[tuple[str, float]], bool]:
        """Its live members whose id is above `after`, lowest first, with the time they came in; and if more follow."""
        ids = self._ids(portal)
        found: list[tuple[str, float]] = []
        for number in ids[bisect_right(ids, after) :]:
            record = portal.contact(str(number))
            if record is None:
                continue
            if len(found) == limit:
                return found, True
            found.append((record.id, self.members.get(record.id, record.updated_at)))
        return found, False

    def size(self, portal: Portal) -> int:
        """How many members it has."""
        return len(self._ids(portal))

    def replace(self, gone: str, survivor: str) -> None:
        """A member was merged into another contact."""
        if gone in self.members:
            self.members.setdefault(survivor, self.members.pop(gone))
            self.changes += 1

    def _ids(self, portal: Portal) -> list[int]:
        if self.processing == "DYNAMIC":
            return sorted(int(each.id) for each in portal.contacts.live() if matches(self.filters or {}, each))
        if self._seen != self.changes:
            self._sorted, self._seen = sorted(int(each) for each in self.members), self.changes
        return self._sorted


def make_list(
    portal: Portal, name: str, contact_ids: list[str], *, filters: dict[str, Any] | None = None
) -> ContactList:
    """A new list: fixed with these members, or active by filters."""
    now = portal.now()
    made = ContactList(str(portal.next_number()), name, "DYNAMIC" if filters else "MANUAL", now, filters)
    made.members = dict.fromkeys(contact_ids, now)
    portal.lists[made.id] = made
    return made


def known(property_name: str) -> dict[str, Any]:
    """The filters of an active list: those of whom a property is known."""
    operation = {"operationType": "ALL_PROPERTY", "operator": "IS_KNOWN", "includeObjectsWithNoValueSet": False}
    test = {"filterType": "PROPERTY", "property": property_name, "operation": operation}
    group = {"filterBranchType": "AND", "filterBranchOperator": "AND", "filterBranches": [], "filters": [test]}
    return {"filterBranchType": "OR", "filterBranchOperator": "OR", "filterBranches": [group], "filters": []}


def matches(branch: Mapping[str, Any], record: Record) -> bool:
    """Whether a contact passes filters: AND, OR, and of properties known, unknown, equal, unequal, more, less."""
    parts = [matches(each, record) for each in branch.get("filterBranches") or []]
    parts += [_passes(each, record) for each in branch.get("filters") or []]
    return any(parts) if branch.get("filterBranchType") == "OR" else bool(parts) and all(parts)


def _passes(test: Mapping[str, Any], record: Record) -> bool:
    value = record.properties.get(str(test.get("property")), "")
    operation = test.get("operation") or {}
    wanted = [str(each) for each in operation.get("values") or [operation.get("value", "")]]
    match operation.get("operator"):
        case "IS_KNOWN":
            return bool(value)
        case "IS_UNKNOWN":
            return not value
        case "IS_EQUAL_TO" | "IS_ANY_OF":
            return value in wanted
        case "IS_NOT_EQUAL_TO" | "IS_NONE_OF":
            return value not in wanted
        case (
            "IS_GREATER_THAN" | "IS_GREATER_THAN_OR_EQUAL_TO" | "IS_LESS_THAN" | "IS_LESS_THAN_OR_EQUAL_TO" as operator
        ):
            return _compares(operator, value, wanted[0])
    return False


def _compares(operator: str, value: str, limit: str) -> bool:
    try:
        one, other = float(value), float(limit)
    except ValueError:
        return False
    if one == other:
        return operator.endswith("_OR_EQUAL_TO")
    return operator.startswith("IS_GREATER" if one > other else "IS_LESS")
