"""What the connections' screens share: an account as it stands, and trouble in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.accounts.config import PortalConfig, config_of
from connectors.hubspot.accounts.find import is_connected, portal_of
from connectors.hubspot.inbound.settings_answer import state_of
from connectors.hubspot.portal import Portal
from plugin.campaigns.models import Campaign
from plugin.kernel.errors import SegueError
from plugin.outbox.health import OutboxHealth, health
from web.services import services

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """A HubSpot account as we know it. `state`: ok | attention | broken."""

    id: str
    portal_id: str
    label: str
    config: PortalConfig
    connected: bool
    queue: OutboxHealth

    @property
    def state(self) -> str:
        """In one word."""
        return state_of(self.config, self.queue, connected=self.connected)

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


def account_of(session: Session, installation_id: str) -> Account:
    """One HubSpot account; raises `NotFound`."""
    row = portal_of(session, installation_id)
    return Account(
        row.id,
        row.account,
        row.label,
        config_of(row.config),
        is_connected(session, row.id),
        health(session, row.id, clock=services().clock),
    )


def look(installation_id: str) -> Account:
    """The same, in a session of its own."""
    with services().database.reading() as session:
        return account_of(session, installation_id)


def portal(installation_id: str) -> Portal:
    """Its API."""
    return services().portals.of(installation_id)


def attempt(job: Callable[[], T]) -> tuple[T | None, str | None]:
    """What the job answers, or what is wrong in words an admin reads."""
    try:
        return job(), None
    except SegueError as error:
        return None, sentence(str(error))


def page(template: str, account: Account, status: int = 200, **shown: Any) -> Response:
    """A screen of one account."""
    done = request.args.get("done")
    return make_response(render_template(f"connections/{template}.html", account=account, done=done, **shown), status)


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
