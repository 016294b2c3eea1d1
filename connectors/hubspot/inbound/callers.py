"""Whose secret a call must be signed with: the account's own app, else the server's, and no hint when neither fits."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.accounts.tokens import CLIENT_SECRET
from connectors.hubspot.inbound.signature import Call, is_signed
from connectors.hubspot.portal import NAME
from plugin.accounts import credentials
from plugin.accounts.models import Credential, Installation
from plugin.kernel.errors import SegueError
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

MOST_PORTALS = 100
"""A call about more accounts than HubSpot puts in one isn't HubSpot's."""
# Whoever names an account we don't know is compared with this, at the same cost as anyone else.
_NOBODYS = secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Account:
    """An account a call is about; `installation_id` None: we don't know it. `connected`: we hold what opens it."""

    portal_id: str
    installation_id: str | None
    connected: bool


def accounts_of(
    session: Session,
    vault: Vault,
    settings: Settings,
    call: Call,
    portal_ids: Collection[str],
    now: datetime,
    *,
    allow_v2: bool = False,
) -> Mapping[str, Account] | None:
    """The accounts a call names, by portal id; None unless it is signed with the one secret of all of them.

    An account whose app has a secret of its own is only believed under that; any other under the server's OAuth app,
    which HubSpot may call for accounts that aren't connected here (any more).
    """
    found = _known(session, vault, portal_ids)
    server = settings.hubspot_client_secret.get_secret_value() if settings.hubspot_client_secret else ""
    keys = {own or server for _, own in found.values()}
    key = keys.pop() if len(keys) == 1 and 0 < len(portal_ids) <= MOST_PORTALS else ""
    signed = is_signed(call, settings.public_origin, key or _NOBODYS, now, allow_v2=allow_v2)
    return {portal_id: account for portal_id, (account, _) in found.items()} if signed and key else None


def _known(session: Session, vault: Vault, portal_ids: Collection[str]) -> dict[str, tuple[Account, str]]:
    """Each account with its app's own secret, empty when there is none."""
    few = sorted(set(portal_ids))[:MOST_PORTALS]
    rows = session.execute(
        select(Installation.account, Installation.id, Credential.installation_id)
        .outerjoin(Credential, Credential.installation_id == Installation.id)
        .where(Installation.connector == NAME, Installation.account.in_(few))
    )
    known = {account: (installation_id, held is not None) for account, installation_id, held in rows}
    found = {}
    for portal_id in few:
        installation_id, connected = known.get(portal_id, (None, False))
        own = _own_secret(session, vault, installation_id) if installation_id and connected else ""
        found[portal_id] = (Account(portal_id, installation_id, connected), own)
    return found


def _own_secret(session: Session, vault: Vault, installation_id: str) -> str:
    try:
        return credentials.look(session, vault, installation_id).values.get(CLIENT_SECRET, "")
    except SegueError:
        return ""
