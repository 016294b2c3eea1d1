"""One HubSpot account: its records, what apps may do in it, and all that happened on its timelines."""

from __future__ import annotations

import secrets
import uuid
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Literal, Protocol

from connectors.hubspot.sandbox.associations import Associations
from connectors.hubspot.sandbox.clock import next_midnight
from connectors.hubspot.sandbox.definitions import CONTACTS, TYPES
from connectors.hubspot.sandbox.limits import Limits, Searches, limits_for
from connectors.hubspot.sandbox.rules import Rules
from connectors.hubspot.sandbox.runs import Run
from connectors.hubspot.sandbox.scopes import OAUTH_ONLY, grantable
from connectors.hubspot.sandbox.store import Record, Store

Kind = Literal["static", "oauth"]


@dataclass(slots=True, eq=False)
class Installation:
    """One app in one portal: a token pasted (static) or granted (oauth), and its limits."""

    portal_id: int
    app_id: int
    name: str
    kind: Kind
    scopes: frozenset[str]
    limits: Limits
    client_secret: str
    token: str = ""
    """The static token; an OAuth app's live in `oauth`."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on a contact's timeline that isn't a record: a media session's event, a custom or an app event."""

    number: int
    kind: Literal["media", "custom_event", "app_event"]
    contact_id: str
    at: float
    """When it occurred, as told."""
    arrived_at: float
    raw: dict[str, Any]


class Listener(Protocol):
    """Who is told of contacts' changes."""

    @property
    def on(self) -> bool:
        """Whether it listens."""
        ...

    def happened(self, portal: Portal, what: str, contact_id: str, more: dict[str, Any]) -> None:
        """`what` is the webhook's kind, `more` what else it says."""
        ...


@dataclass
class Portal:
    """An account. Its parts are open to tests; hold `lock` to change them while it serves."""

    id: int
    tier: str
    now: Callable[[], float]
    name: str = "Example Travel Ltd"
    time_zone: str = "America/New_York"
    currency: str = "USD"
    account_type: str = "STANDARD"
    lock: RLock = field(default_factory=RLock, repr=False)
    merge_makes_new_id: bool = False
    """HubSpot gives merged records of some accounts an id that neither had."""
    search_lag_s: float = 0.0
    """What changed so lately isn't found by a search yet."""

    def __post_init__(self) -> None:
        self.stores: dict[str, Store] = {
            kind.name: Store(kind, first) for kind, first in zip(TYPES, (501, 9001, 3001, 70001), strict=True)
        }
        self.associations = Associations()
        self.began_at = self.now()
        self.groups: dict[str, dict[str, dict[str, Any]]] = {
            kind.name: {name: {"name": name, "label": name, "displayOrder": 0, "archived": False} for name in
                        {each.facts["groupName"] for each in self.stores[kind.name].definitions.values()}}
            for kind in TYPES
        }  # fmt: skip
        self.rules = Rules()
        self.installations: dict[int, Installation] = {}
        self.searches = Searches()
        self.timeline: list[Entry] = []
        self.by_contact: dict[str, list[Entry]] = {}
        self.event_types: dict[str, Any] = {}
        self.seen_events: set[tuple[str, str]] = set()
        self.rejected: deque[dict[str, Any]] = deque(maxlen=1000)
        """Events HubSpot took and then dropped, each with `why`: unknown contact, duplicate uuid."""
        self.media: dict[int, Any] = {}
        self.runs: dict[str, Run] = {}
        """Workflow enrolments by callback id."""
        self.lists: dict[str, Any] = {}
        self.subscriptions: dict[str, dict[int, str]] = {}
        """By e-mail address: subscription id → SUBSCRIBED | UNSUBSCRIBED."""
        self.opted_out: set[str] = set()
        self._counter = 1000
        self.listener: Listener | None = None

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return self.listener is not None and self.listener.on

    def next_number(self) -> int:
        """A number not used before in this portal."""
        with self.lock:
            self._counter += 1
            return self._counter

    @property
    def contacts(self) -> Store:
        """The contacts."""
        return self.stores[CONTACTS.name]

    def contact(self, contact_id: str) -> Record | None:
        """The contact that has or took over this id."""
        return self.contacts.find(contact_id)

    def midnight(self) -> float:
        """The account's next midnight."""
        return next_midnight(self.now(), self.time_zone)

    def grantable(self, *, app_events: bool = False) -> frozenset[str]:
        """What it can give an app."""
        return grantable(self.tier, app_events=app_events)

    def create_private_app(
        self, scopes: Collection[str] | None = None, *, name: str = "Segue", app_events: bool = False
    ) -> Installation:
        """A static token with its client secret; `scopes` None: all its tier gives to private apps."""
        allowed = self.grantable(app_events=app_events)
        asked = allowed - OAUTH_ONLY if scopes is None else allowed & frozenset(scopes)
        return self.install(2_000_000 + self.next_number(), name, "static", asked, secrets.token_hex(16))

    def install(self, app_id: int, name: str, kind: Kind, scopes: Collection[str], secret: str) -> Installation:
        """Put an app into the portal, or give one that is there other scopes."""
        with self.lock:
            made = Installation(
                self.id, app_id, name, kind, frozenset(scopes), limits_for(self.tier, kind), client_secret=secret
            )
            if before := self.installations.get(app_id):
                made.limits = before.limits
            if kind == "static":
                made.token = f"pat-na1-{uuid.uuid4()}"
            self.installations[app_id] = made
        return made

    def tell(self, kind: Literal["media", "custom_event", "app_event"], contact_id: str, at: float, raw: Any) -> Entry:
        """Put something on a contact's timeline."""
        entry = Entry(self.next_number(), kind, contact_id, at, self.now(), raw)
        self.timeline.append(entry)
        self.by_contact.setdefault(contact_id, []).append(entry)
        return entry

    def changed(self, what: str, contact_id: str, **more: Any) -> None:
        """A contact changed: tell whoever listens."""
        if self.heard:
            assert self.listener is not None
            self.listener.happened(self, what, contact_id, more)
