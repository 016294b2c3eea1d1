"""Which objects and fields are there just now, and which of them a user may know of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.salesforce.sandbox.schema import campaigns, package, people, selling, setup
from connectors.salesforce.sandbox.schema.field import Field, of
from connectors.salesforce.sandbox.schema.kind import ObjectKind

PRIMARY = "USD"
CURRENCIES = ("USD", "EUR", "GBP", "JPY")
_WITH_CURRENCY = ("Account", "Contact", "Lead", "Opportunity", "Campaign", "CampaignMember")


@dataclass
class Access:
    """What one user may do. Fields are `Object.Field`; `objects` lists of `CRUD` what is allowed where it isn't all.

    `package`: has the package's permission set. `sees_all`: View All Data, so that sharing doesn't matter.
    """

    hidden: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)
    objects: dict[str, str] = field(default_factory=dict)
    package: bool = True
    sees_all: bool = True


class Schema:
    """All kinds of object, filtered by the org's switches; call `changed` after turning one."""

    def __init__(self) -> None:
        self.deployed = False
        self.multi_currency = False
        self.campaign_influence = False
        self.dropped: set[str] = set()
        """`Object.Field` an admin has deleted."""
        self.extra: dict[str, list[Field]] = {}
        """Fields an admin has made, by object."""
        self.access: dict[str, Access] = {}
        """By user id; who isn't there may do all."""
        self.changed()

    def changed(self) -> None:
        """Look anew."""
        self._kinds = {each.name.lower(): each for each in self._present()}
        self._visible: dict[tuple[str, str], Mapping[str, Field]] = {}

    def every(self) -> Sequence[ObjectKind]:
        """All kinds, whoever asks."""
        return list(self._kinds.values())

    def kind(self, name: str) -> ObjectKind | None:
        """The kind of that name in any case, whoever asks."""
        return self._kinds.get(name.lower())

    def by_prefix(self, prefix: str) -> ObjectKind | None:
        """The kind whose ids begin so."""
        return next((each for each in self._kinds.values() if each.prefix == prefix), None)

    def of(self, user_id: str) -> Access:
        """What this user may do."""
        return self.access.setdefault(user_id, Access())

    def may(self, user_id: str, kind: ObjectKind, what: str) -> bool:
        """Whether the user may create, read, update, delete (`C`, `R`, `U`, `D`) records of the kind at all."""
        access = self.of(user_id)
        if kind.custom and not access.package:
            return False
        return what in access.objects.get(kind.name, "CRUD") and (kind.writable or what == "R")

    def readable(self, user_id: str, name: str) -> ObjectKind | None:
        """The kind of that name, if the user may read it."""
        found = self.kind(name)
        return found if found is not None and self.may(user_id, found, "R") else None

    def fields(self, user_id: str, kind: ObjectKind) -> Mapping[str, Field]:
        """The fields the user may see, by name in lower case; one that they may not write says so."""
        key = (user_id, kind.name)
        if key not in self._visible:
            access = self.of(user_id)
            shown = [each for each in kind.fields.values() if self._sees(access, kind, each)]
            self._visible[key] = {
                each.name.lower(): self._as_allowed(access, kind, each)
                for each in sorted(shown, key=lambda each: list(kind.fields).index(each.name))
            }
        return self._visible[key]

    def children(self, kind: ObjectKind) -> Iterable[tuple[ObjectKind, Field]]:
        """Every reference that may point to a record of the kind."""
        for child in self._kinds.values():
            for each in child.fields.values():
                if kind.name in each.to:
                    yield child, each

    def _sees(self, access: Access, kind: ObjectKind, each: Field) -> bool:
        ours = each.name in {added.name for added in package.ADDED.get(kind.name, ())}
        return f"{kind.name}.{each.name}" not in access.hidden and (access.package or not ours)

    def _as_allowed(self, access: Access, kind: ObjectKind, each: Field) -> Field:
        may_not = f"{kind.name}.{each.name}" in access.read_only or not kind.writable
        return replace(each, create=False, update=False) if may_not else each

    def _present(self) -> Iterable[ObjectKind]:
        kinds = [*people.ALL, *selling.ALL, *campaigns.ALL, *setup.ALL]
        if self.deployed:
            kinds.append(package.ENGAGEMENT)
        if self.multi_currency:
            kinds.append(setup.CURRENCY_TYPE)
        if self.campaign_influence:
            kinds.append(selling.INFLUENCE)
        for each in kinds:
            fields = {**each.fields, **{one.name: one for one in self._added(each.name)}}
            kept = {name: one for name, one in fields.items() if f"{each.name}.{name}" not in self.dropped}
            yield replace(each, fields=kept)

    def _added(self, name: str) -> Iterable[Field]:
        if self.deployed:
            yield from package.ADDED.get(name, ())
        if self.multi_currency and name in _WITH_CURRENCY:
            yield of("picklist", "CurrencyIsoCode", length=3, options=CURRENCIES, restricted=True, default=PRIMARY)
        yield from self.extra.get(name, ())
