"""Which records belong to which, under which labels; kept in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HUBSPOT = "HUBSPOT_DEFINED"
Label = tuple[str, int]
"""Category and type id."""
End = tuple[str, str]
"""Type name and record id."""

DEFAULT: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("contacts", "notes"): 201,
    ("notes", "contacts"): 202,
    ("companies", "notes"): 189,
    ("notes", "companies"): 190,
    ("deals", "notes"): 213,
    ("notes", "deals"): 214,
    ("contacts", "contacts"): 449,
}
PRIMARY: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}
_INVERSE = {1: 2, 2: 1, 5: 6, 6: 5} | {number: DEFAULT[(to, of)] for (of, to), number in DEFAULT.items()}
NAMES = {1: "Primary", 2: "Primary", 5: "Primary", 6: "Primary"}


@dataclass(frozen=True, slots=True)
class Link:
    """One record's bond to another."""

    to_id: str
    labels: tuple[Label, ...]


class Associations:
    """All bonds of a portal."""

    def __init__(self) -> None:
        self._held: dict[End, dict[End, set[Label]]] = {}

    def add(self, of: End, to: End, labels: Iterable[Label] = ()) -> set[Label]:
        """Bind two records; the default bond is always there beside any label. Returns the labels they now have."""
        wanted = {*labels, (HUBSPOT, DEFAULT[(of[0], to[0])])}
        for category, number in wanted:
            if category == HUBSPOT and number == PRIMARY.get((of[0], to[0])):
                self._one_primary(of, to)
        self._held.setdefault(of, {}).setdefault(to, set()).update(wanted)
        back = {(category, _INVERSE.get(number, number)) for category, number in wanted}
        self._held.setdefault(to, {}).setdefault(of, set()).update(back)
        return self._held[of][to]

    def remove(self, of: End, to: End) -> None:
        """Unbind them, whatever the labels."""
        for one, other in ((of, to), (to, of)):
            self._held.get(one, {}).pop(other, None)

    def links(self, of: End, to_type: str) -> list[Link]:
        """Its bonds to a type, in the order they were made."""
        return [
            Link(to_id, tuple(sorted(labels, key=lambda label: label[1])))
            for (name, to_id), labels in self._held.get(of, {}).items()
            if name == to_type
        ]

    def move(self, of: End, to: End) -> None:
        """What belonged to one record belongs to another now."""
        for other, labels in list(self._held.pop(of, {}).items()):
            self._held.get(other, {}).pop(of, None)
            if other != to:
                primary = PRIMARY.get((to[0], other[0]))
                has_one = any((HUBSPOT, primary) in link.labels for link in self.links(to, other[0]))
                self.add(to, other, {label for label in labels if label[1] != primary or not has_one})

    def drop(self, of: End) -> None:
        """It is gone."""
        for other in self._held.pop(of, {}):
            self._held.get(other, {}).pop(of, None)

    def _one_primary(self, of: End, to: End) -> None:
        number = PRIMARY[(of[0], to[0])]
        for other, labels in self._held.get(of, {}).items():
            if other[0] == to[0] and other != to:
                labels.discard((HUBSPOT, number))
                self._held[other][of].discard((HUBSPOT, _INVERSE[number]))
