"""One org: its edition and switches, its records, its users, who sees what, and what is locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from connectors.salesforce.sandbox.allowance import Allowance
from connectors.salesforce.sandbox.answers import moment
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.field import Field, Row
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.schema.schema import Schema
from connectors.salesforce.sandbox.store.ids import make_id
from connectors.salesforce.sandbox.store.table import Journal, Table
from connectors.sandbox.clock import SandboxClock

WITH_API = ("Developer Edition", "Enterprise Edition", "Unlimited Edition", "Performance Edition")
EDITIONS = (*WITH_API, "Professional Edition", "Team Edition")


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """An admin's rule: a record of the object for which the SOQL condition holds isn't saved."""

    kind: str
    condition: str
    message: str
    field: str = ""


@dataclass(slots=True)
class Hold:
    """A record somebody holds until then; `code` is what writing to it is refused with."""

    until: float
    code: str = "UNABLE_TO_LOCK_ROW"


@dataclass
class Switches:
    """What an org has turned on or off beside its schema."""

    edition: str = "Developer Edition"
    api_add_on: bool = False
    """Professional Edition with the API bought."""
    private: set[str] = field(default_factory=set)
    """Objects whose records only their owner (and who sees all) may see."""
    flows: bool = True
    """Whether the package's flows run."""
    rules: list[ValidationRule] = field(default_factory=list)


class Org:
    """A Salesforce org in memory. Everything is done under `lock`."""

    def __init__(self, clock: SandboxClock, *, name: str = "Northwind Travel", number: int = 1) -> None:
        self.clock, self.name = clock, name
        self.is_sandbox = False
        self.my_domain = "northwind-dev-ed.develop.my.salesforce.com"
        self.lock = RLock()
        self.schema = Schema()
        self.switches = Switches()
        self.limits = Allowance(15_000)
        self.journal = Journal()
        self.tables: dict[str, Table] = {}
        self.holds: dict[str, Hold] = {}
        self.id = make_id("00D", number)
        self.admin_id = ""
        self.integration_id = ""

    # -- switches ------------------------------------------------------------

    def deploy(self, deployed: bool = True) -> None:
        """Deploy the package, or take it away: what its records hold comes back when it does."""
        self.schema.deployed = deployed
        self.schema.changed()

    def turn(self, *, multi_currency: bool | None = None, campaign_influence: bool | None = None) -> None:
        """Turn features of the schema on or off."""
        if multi_currency is not None:
            self.schema.multi_currency = multi_currency
        if campaign_influence is not None:
            self.schema.campaign_influence = campaign_influence
        self.schema.changed()
        for kind in self.schema.every():
            field = kind.fields.get("CurrencyIsoCode")
            if field is None or not field.default:
                continue
            for row in list(self.table(kind).rows.values()):
                if "CurrencyIsoCode" not in row:
                    self.table(kind).write(row["Id"], {"CurrencyIsoCode": field.default})
        self.journal.close()

    def set_edition(self, edition: str) -> None:
        """Another edition; those without API refuse every call."""
        self.switches.edition = edition
        self.table("Organization").write(self.id, {"OrganizationType": edition})
        self.journal.close()

    @property
    def has_api(self) -> bool:
        """Whether the edition has the API."""
        return self.switches.edition in WITH_API or (
            self.switches.edition == "Professional Edition" and self.switches.api_add_on
        )

    # -- records -------------------------------------------------------------

    def now(self) -> datetime:
        """The sandbox's time, to the second."""
        return moment(self.clock())

    def table(self, kind: ObjectKind | str) -> Table:
        """The records of a kind, deployed or not."""
        found = self.schema.kind(kind) if isinstance(kind, str) else kind
        name = kind if isinstance(kind, str) else kind.name
        if name not in self.tables:
            if found is None:
                raise KeyError(name)
            self.tables[name] = Table(found, self.journal)
        elif found is not None and self.tables[name].kind is not found:
            self.tables[name].adopt(found)
        return self.tables[name]

    def row(self, kind: str, record_id: object) -> Mapping[str, Any] | None:
        """A record, deleted or not; None when there is none."""
        return self.tables[kind].rows.get(record_id) if kind in self.tables and isinstance(record_id, str) else None

    def kind_of(self, record_id: str) -> ObjectKind | None:
        """What an id is one of."""
        return self.schema.by_prefix(record_id[:3])

    def live(self, kind: str) -> Iterator[Row]:
        """Every record of a kind that isn't deleted; none while the kind isn't there."""
        return self.table(kind).live() if self.schema.kind(kind) else iter(())

    def value(self, row: Mapping[str, Any], of: Field) -> Any:
        """A field's value, worked out where it isn't kept."""
        return of.derive(self, row) if of.derive else row.get(of.name)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All of it or nothing: a `Problem` undoes what was done inside."""
        mark = self.journal.mark()
        try:
            yield
        except Problem:
            self.journal.back_to(mark)
            raise

    # -- who sees what -------------------------------------------------------

    def sees(self, user_id: str, kind: ObjectKind, row: Mapping[str, Any]) -> bool:
        """Whether sharing lets the user see the record."""
        if self.schema.of(user_id).sees_all:
            return True
        if kind.name in self.switches.private and kind.owned:
            return row.get("OwnerId") == user_id
        if kind.parent:
            parent_id = str(row.get(kind.parent, ""))
            parent_kind = self.kind_of(parent_id)
            parent = self.row(parent_kind.name, parent_id) if parent_kind else None
            return parent is None or parent_kind is None or self.sees(user_id, parent_kind, parent)
        return True

    def active(self, user_id: str) -> bool:
        """Whether the user may sign in."""
        user = self.row("User", user_id)
        return user is not None and bool(user.get("IsActive"))

    def set_active(self, user_id: str, active: bool) -> None:
        """Deactivate a user, or bring one back."""
        self.table("User").write(user_id, {"IsActive": active})
        self.journal.close()

    # -- locks ---------------------------------------------------------------

    def hold(self, record_ids: Iterable[str], seconds: float, code: str = "UNABLE_TO_LOCK_ROW") -> None:
        """Lock records, by a long transaction or (`ENTITY_IS_LOCKED`) an approval."""
        for record_id in record_ids:
            self.holds[record_id] = Hold(self.clock() + seconds, code)

    def held(self, record_ids: Iterable[object]) -> tuple[str, Hold] | None:
        """The first of the records that is locked now."""
        if not self.holds:
            return None
        for record_id in record_ids:
            hold = self.holds.get(record_id) if isinstance(record_id, str) else None
            if hold is not None and hold.until > self.clock():
                return str(record_id), hold
        return None
