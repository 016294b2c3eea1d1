"""The HubSpot accounts this server knows, by their id."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.portal import NAME
from plugin.accounts.models import Installation
from plugin.kernel.errors import BadInput, NotFound


def find_portal(session: Session, portal_id: str | None = None) -> Installation:
    """The portal of that id, connected or not; without an id the only one there is. Raises `NotFound`, `BadInput`."""
    known = portals(session)
    if portal_id is not None:
        found = next((each for each in known if each.account == portal_id), None)
        if found is None:
            raise NotFound(f"no HubSpot account {portal_id} is connected here; {_known(known)}")
        return found
    if not known:
        raise NotFound("no HubSpot account is connected: segue hubspot connect")
    if len(known) > 1:
        raise BadInput(f"say which account; {_known(known)}")
    return known[0]


def portals(session: Session) -> Sequence[Installation]:
    """Every HubSpot account we know, by its id."""
    return session.scalars(
        select(Installation).where(Installation.connector == NAME).order_by(Installation.account)
    ).all()


def portal_of(session: Session, installation_id: str) -> Installation:
    """The HubSpot installation of that id; raises `NotFound`."""
    found = session.get(Installation, installation_id)
    if found is None or found.connector != NAME:
        raise NotFound("this HubSpot account isn't connected")
    return found


def _known(known: Sequence[Installation]) -> str:
    if not known:
        return "none is yet: segue hubspot connect"
    return f"known are {', '.join(each.account for each in known)}"
