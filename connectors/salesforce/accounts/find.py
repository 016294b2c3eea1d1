"""The Salesforce orgs this server knows: by their id, and whether they are connected."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.salesforce.org import NAME
from plugin.accounts.models import Installation
from plugin.kernel.errors import BadInput, NotFound


def find_org(session: Session, org_id: str | None = None) -> Installation:
    """The org of that id (15 or 18 characters), connected or not; without an id the only one there is.

    Raises `NotFound` and `BadInput`.
    """
    known = orgs(session)
    if org_id is not None:
        found = next((each for each in known if each.account[:15] == org_id[:15]), None)
        if found is None:
            raise NotFound(f"no Salesforce org {org_id[:18]} is connected here; {_known(known)}")
        return found
    if not known:
        raise NotFound("no Salesforce org is connected: segue salesforce connect")
    if len(known) > 1:
        raise BadInput(f"say which org; {_known(known)}")
    return known[0]


def orgs(session: Session) -> Sequence[Installation]:
    """Every Salesforce org we know, by its id."""
    return session.scalars(
        select(Installation).where(Installation.connector == NAME).order_by(Installation.account)
    ).all()


def org_of(session: Session, installation_id: str) -> Installation:
    """The Salesforce installation of that id; raises `NotFound`."""
    found = session.get(Installation, installation_id)
    if found is None or found.connector != NAME:
        raise NotFound("this Salesforce org isn't connected")
    return found


def _known(known: Sequence[Installation]) -> str:
    if not known:
        return "none is yet: segue salesforce connect"
    return f"known are {', '.join(each.account for each in known)}"
