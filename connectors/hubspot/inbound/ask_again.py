"""'Copy link' and 'Send again' on the card: a link made or found, and a contact's property a workflow can start on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from connectors.hubspot.api.errors import NotThere
from connectors.hubspot.inbound.give_link import GivenLink, Issuing, NoLink, give_link
from connectors.hubspot.inbound.in_time import in_time
from connectors.hubspot.inbound.signature import MAX_AGE, SKEW
from connectors.hubspot.models import HubSpotAskedAgain
from connectors.hubspot.portal import Portal
from connectors.hubspot.write_links import LinkToWrite, write_link
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import SegueError

ONCE_IN = MAX_AGE + SKEW
"""Asked again within it is the same wish: by HubSpot's own retry, a second press, or a request sent twice by others."""
WITHIN_S = 2.2
WRITE_S, PATIENCE_S = 1.6, 0.4
_SLOW = "HubSpot is slow just now. It may still be written: look at the contact before you try again."
_TABLE = cast("Table", HubSpotAskedAgain.__table__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a wish; `message` is for the rep."""

    done: bool
    url: str | None
    message: str

    def as_json(self) -> dict[str, Any]:
        """As the card reads it."""
        return {"state": "ok" if self.done else "refused", "url": self.url, "message": self.message}


def copy_link(portal: Portal, issuing: Issuing, contact_id: str, slug: str) -> Outcome:
    """The contact's link, for the rep to copy; a new one is written to the contact too, if HubSpot takes it now."""
    try:
        with portal.database.transaction() as session:
            given = _give(session, portal, issuing, contact_id, slug)
    except NoLink as why:
        return Outcome(False, None, _sentence(str(why)))
    if given.reused:
        return Outcome(True, given.url, "This is the link they have.")
    try:
        _write(portal, given)
    except NotThere:
        return Outcome(False, None, "The contact was deleted in HubSpot.")
    except TimeoutError:
        return Outcome(True, given.url, f"A new link. {_SLOW}")
    except SegueError as error:
        # The link works all the same; the next thing that gives it writes it, too.
        return Outcome(True, given.url, f"A new link. It isn't on the contact yet: {error}")
    return Outcome(True, given.url, "A new link, written to the contact as well.")


def send_again(portal: Portal, issuing: Issuing, contact_id: str, slug: str) -> Outcome:
    """Write the link to the contact anew, with the moment somebody asked: what sends it starts on that.

    Within `ONCE_IN` it is one wish with one moment, so that no mail goes out twice.
    """
    now = portal.clock().replace(microsecond=0)
    try:
        with portal.database.transaction() as session:
            given = _give(session, portal, issuing, contact_id, slug)
            at = _asked_at(session, portal.installation_id, given, now)
    except NoLink as why:
        return Outcome(False, None, _sentence(str(why)))
    try:
        _write(portal, given, at)
    except NotThere:
        return Outcome(False, None, "The contact was deleted in HubSpot.")
    except TimeoutError:
        return Outcome(False, given.url, _SLOW)
    except SegueError as error:
        return Outcome(False, given.url, f"It wasn't asked for: {error}. Try again.")
    if at != now:
        minutes = max(1, int((now - at).total_seconds() // 60))
        waited = f"{minutes} minute{'s' * (minutes != 1)} ago"
        return Outcome(True, given.url, f"Asked for already, {waited}. A workflow that starts on it sends the mail.")
    return Outcome(
        True,
        given.url,
        "The link and 'Video link asked for again at' were written to the contact. A workflow that starts on that "
        "property sends the mail.",
    )


def _give(session: Session, portal: Portal, issuing: Issuing, contact_id: str, slug: str) -> GivenLink:
    return give_link(session, portal.installation_id, contact_id, slug, issuing, clock=portal.clock)


def _write(portal: Portal, given: GivenLink, at: datetime | None = None) -> None:
    link = LinkToWrite(given.contact_id, given.slug, given.url, at)
    in_time(lambda: write_link(portal, link, timeout_s=WRITE_S, patience_s=PATIENCE_S), WITHIN_S)


def _asked_at(session: Session, installation_id: str, given: GivenLink, now: datetime) -> datetime:
    """The moment this wish was first made."""
    key = {"installation_id": installation_id, "contact_id": given.contact_id, "campaign_id": given.campaign_id}
    unique = list(key)
    session.execute(insert_ignoring(session.get_bind().dialect.name, _TABLE, unique), [{**key, "at": now}])
    row = session.scalars(select(HubSpotAskedAgain).filter_by(**key).with_for_update()).one()
    if row.at <= now - ONCE_IN or row.at > now + timedelta(seconds=1):
        row.at = now
    return row.at


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
