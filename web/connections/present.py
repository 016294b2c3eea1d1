"""What the connections' screens share, whichever the CRM: an account as it stands, and trouble in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar, cast

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.standing import Standing, standing
from plugin.accounts.credentials import is_connected
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign
from plugin.kernel.errors import NotFound, SegueError
from plugin.outbox.health import OutboxHealth, health
from web.services import services

T = TypeVar("T")
Tabs = Sequence[tuple[str, str, str]]
"""Name, label, and what comes behind the account's address."""
CRMS: Mapping[str, str] = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
"""Those with screens here, each in a package of its own."""


class Config(Protocol):
    """What every CRM's config has."""

    @property
    def problem(self) -> str | None:
        """Why nothing goes through."""
        ...


C = TypeVar("C", bound=Config)


@dataclass(frozen=True, slots=True)
class Account(Generic[C]):
    """A connected account as we know it. `way`: how it lets us in, in words."""

    id: str
    crm: str
    account: str
    """The CRM's own id of it."""
    label: str
    config: C
    way: str
    tabs: Tabs
    connected: bool
    queue: OutboxHealth

    @property
    def state(self) -> Standing:
        """In one word."""
        return standing(self.config.problem, self.queue, connected=self.connected)

    @property
    def words(self) -> str:
        """In a sentence."""
        if not self.connected:
            return "Not connected. What is owed to it waits until you connect it again."
        if self.config.problem:
            return sentence(self.config.problem)
        if self.queue.dead:
            return f"{self.queue.dead} message{'s' * (self.queue.dead != 1)} can’t be delivered: see the queue."
        if self.state == "attention":
            return "Messages wait. Is a worker running? Start segue worker."
        return "Connected, and all is told that is owed."


def make_account(session: Session, row: Installation, config: C, *, way: str, tabs: Tabs) -> Account[C]:
    """An account with how its queue stands."""
    return Account(
        id=row.id,
        crm=row.connector,
        account=row.account,
        label=row.label,
        config=config,
        way=way,
        tabs=tabs,
        connected=is_connected(session, row.id),
        queue=health(session, row.id, clock=services().clock),
    )


def crm_of(installation_id: str) -> str:
    """Which CRM an account is of; raises `NotFound` for one that has no screens here."""
    with services().database.reading() as session:
        found = session.get(Installation, installation_id)
    if found is None or found.connector not in CRMS:
        raise NotFound("no such connection")
    return found.connector


def account_of(session: Session, row: Installation) -> Account[Any]:
    """An account of any of the CRMs; their code is loaded when there is one."""
    present = import_module(f"web.connections.{row.connector}.present")
    found: Account[Any] = present.account_of(session, row)
    return found


def look(installation_id: str) -> Account[Any]:
    """The same by its id; raises `NotFound`."""
    with services().database.reading() as session:
        found = session.get(Installation, installation_id)
        if found is None or found.connector not in CRMS:
            raise NotFound("no such connection")
        return account_of(session, found)


def attempt(job: Callable[[], T]) -> tuple[T | None, str | None]:
    """What the job answers, or what is wrong in words an admin reads."""
    try:
        return job(), None
    except SegueError as error:
        return None, sentence(str(error))


def page(template: str, account: Account[Any], status: int = 200, **shown: Any) -> Response:
    """A screen of one account."""
    told = {"account": account, "crm": CRMS[account.crm], "done": request.args.get("done"), **shown}
    return make_response(render_template(f"connections/{template}.html", **told), status)


def to(name: str, installation_id: str, **query: Any) -> Response:
    """On to a screen of the account."""
    target = url_for(f"connections.{name}", installation_id=installation_id, **query)
    return cast("Response", redirect(target, 303))


def campaigns_of(session: Session, installation_id: str) -> Sequence[Campaign]:
    """The account's published campaigns, by slug."""
    return session.scalars(
        select(Campaign)
        .where(Campaign.installation_id == installation_id, Campaign.published_version.is_not(None))
        .order_by(Campaign.slug)
    ).all()


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
