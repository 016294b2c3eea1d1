"""The answers to what HubSpot calls, each within three seconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response, request

from connectors.hubspot.accounts.config import config_of
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.inbound import ask_again, card
from connectors.hubspot.inbound.callers import Account
from connectors.hubspot.inbound.card_facts import facts_of
from connectors.hubspot.inbound.give_link import slug_in
from connectors.hubspot.inbound.inbox import store
from connectors.hubspot.inbound.run_action import Action, run_action
from connectors.hubspot.inbound.settings_answer import settings_json, unknown_json
from connectors.hubspot.inbound.webhooks import parse as parse_webhooks, portals_in
from connectors.hubspot.inbound.workflow import ComeAgain, as_json, parse as parse_action, portal_in
from plugin.kernel.errors import BadInput
from plugin.outbox.health import health
from web.hubspot.door import Unsigned, accounts, answer, asked, issuing, one_account
from web.services import services

NOT_CONNECTED_S = 300
"""When a workflow asks again about an account that isn't connected (any more): its admin may connect it."""
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)


def _told(view: Callable[[], Response]) -> Callable[[], Response]:
    """What is wrong with a request is told to whoever reads HubSpot's log of it."""

    @wraps(view)
    def told() -> Response:
        try:
            return view()
        except Unsigned as unsigned:
            return answer({"message": str(unsigned)}, 401)
        except BadInput as error:
            return answer({"message": str(error)}, 400)

    return told


@_told
def workflow_link() -> Response:
    """The workflow action: the contact's link, written to the contact before the workflow goes on."""
    portal_id = portal_in(request.get_data(cache=True))
    account = next(iter(accounts([portal_id] if portal_id else [], allow_v2=True).values()))
    call = parse_action(request.get_data(cache=True))
    if account.installation_id is None or not account.connected:
        return answer(
            {"message": "this account isn't connected to Segue"}, 503, **{"Retry-After": str(NOT_CONNECTED_S)}
        )
    reply = run_action(Action(services().portals.of(account.installation_id), issuing(), call))
    if isinstance(reply, ComeAgain):
        return _later("not now", reply.after_s)
    return answer(as_json(reply))


@_told
def webhooks() -> Response:
    """What happened to contacts: answered once it is stored."""
    body = request.get_data(cache=True)
    known = accounts(portals_in(body))
    installations = {
        portal_id: account.installation_id for portal_id, account in known.items() if account.installation_id
    }
    told = parse_webhooks(body)
    with services().database.transaction() as session:
        stored = store(session, services().vault, installations, told, clock=services().clock)
    return answer({"stored": stored})


@_told
def show_card() -> Response:
    """The card on a contact."""
    account = one_account()
    if account.installation_id is None or not account.connected:
        return answer(card.bare("not_connected"))
    if not _ID.fullmatch(request.args.get("userId", "")):
        # HubSpot names the user in everything a card asks; what names none is no person's look.
        return answer(card.bare("forbidden"))
    now = services().clock()
    with services().database.reading() as session:
        facts = facts_of(session, account.installation_id, _contact(asked()), issuing(), now)
    if facts is None:
        return answer(card.bare("gone"))
    return answer(card.as_json(facts, services().settings.public_origin, now))


@_told
def copy_link() -> Response:
    """The contact's link to a campaign, made if need be."""
    account, body = _connected(one_account()), asked()
    portal = services().portals.of(account)
    return answer(ask_again.copy_link(portal, issuing(), _contact(body), _slug(body)).as_json())


@_told
def send_again() -> Response:
    """The same, written to the contact anew."""
    account, body = _connected(one_account()), asked()
    portal = services().portals.of(account)
    return answer(ask_again.send_again(portal, issuing(), _contact(body), _slug(body)).as_json())


@_told
def settings() -> Response:
    """The app's settings page."""
    account = one_account()
    origin = services().settings.public_origin.rstrip("/")
    if account.installation_id is None:
        return answer(unknown_json(account.portal_id, f"{origin}/connections"))
    with services().database.reading() as session:
        installation = portal_of(session, account.installation_id)
        queue = health(session, account.installation_id, clock=services().clock)
    told = settings_json(
        account.portal_id,
        installation.label,
        config_of(installation.config),
        queue,
        admin_url=f"{origin}/connections/{account.installation_id}",
        connected=account.connected,
    )
    return answer(told)


def _later(why: str, after_s: int) -> Response:
    return answer({"message": why}, 503, **{"Retry-After": str(after_s)})


def _connected(account: Account) -> str:
    if account.installation_id is None or not account.connected:
        raise BadInput("this account isn't connected to Segue")
    return account.installation_id


def _contact(body: Mapping[str, Any]) -> str:
    found = str(body.get("objectId"))
    if not _ID.fullmatch(found):
        raise BadInput("objectId is missing or no contact's id")
    return found


def _slug(body: Mapping[str, Any]) -> str:
    found = body.get("campaign")
    if not isinstance(found, str) or not 0 < len(found) <= 200:
        raise BadInput("campaign is missing")
    return slug_in(found)
