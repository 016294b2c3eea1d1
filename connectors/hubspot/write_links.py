"""Writing links to contacts' properties, where mails take them from: one contact at once, or a hundred in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.hubspot.accounts.assets import link_property_name
from connectors.hubspot.accounts.provision import ensure_link_property
from connectors.hubspot.api.batch import update_many
from connectors.hubspot.api.errors import HubSpotError, NotThere, Refused
from connectors.hubspot.api.transport import READ_S, WRITE_PATIENCE_S
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal

LATEST, REQUESTED_AT = "segue_link", "segue_link_requested_at"
_CONTACTS = f"/crm/objects/{API}/contacts"
_UNKNOWN = "PROPERTY_DOESNT_EXIST"


@dataclass(frozen=True, slots=True)
class LinkToWrite:
    """A contact's link to a campaign; `requested_at` when somebody asked that it be sent again."""

    contact_id: str
    slug: str
    url: str
    requested_at: datetime | None = None

    def properties(self, *, latest: bool = True) -> dict[str, str]:
        """As HubSpot takes them."""
        found = {link_property_name(self.slug): self.url}
        if latest:
            found[LATEST] = self.url
        if self.requested_at is not None:
            found[REQUESTED_AT] = self.requested_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return found


def write_link(
    portal: Portal, link: LinkToWrite, *, timeout_s: float = READ_S, patience_s: float = WRITE_PATIENCE_S
) -> None:
    """Write one link; the campaign's property is made if it isn't there. Setting it twice is harmless.

    Raises `HubSpotError`: `NotThere` when the contact is gone.
    """

    def send(properties: Mapping[str, str]) -> None:
        path = f"{_CONTACTS}/{quote(link.contact_id, safe='')}"
        body = {"properties": dict(properties)}
        portal.api.call("PATCH", path, body=body, timeout_s=timeout_s, patience_s=patience_s)

    try:
        send(link.properties())
    except Refused as refused:
        if not lacks_property(refused):
            raise
        send(_with_what_there_is(portal, link, refused))


def write_links(portal: Portal, links: Sequence[LinkToWrite]) -> dict[str, Refused | NotThere]:
    """Write the links of up to `batch.MOST` contacts in one call; what was refused, by contact id.

    One contact that can't be written never holds up the others. Raises `HubSpotError` when nothing is known of any.
    """
    refused = update_many(portal.api, "contacts", _by_contact(links))
    lacking = {contact_id: why for contact_id, why in refused.items() if lacks_property(why)}
    if not lacking:
        return refused
    again = [link for link in links if link.contact_id in lacking]
    for slug in sorted({link.slug for link in again}):
        ensure_link_property(portal, slug, look=True)
    latest = not any(LATEST in _named(why) for why in lacking.values())
    kept = {contact_id: why for contact_id, why in refused.items() if contact_id not in lacking}
    return kept | update_many(portal.api, "contacts", _by_contact(again, latest=latest))


def _by_contact(links: Sequence[LinkToWrite], *, latest: bool = True) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for link in links:
        found[link.contact_id] = found.get(link.contact_id, {}) | link.properties(latest=latest)
    return found


def lacks_property(refused: Refused | NotThere) -> bool:
    """Whether HubSpot says that a property isn't there."""
    details = refused.details if isinstance(refused, Refused) else ()
    named = any(detail.code == _UNKNOWN for detail in details)
    return isinstance(refused, Refused) and (named or _UNKNOWN in str(refused) or "does not exist" in str(refused))


def _with_what_there_is(portal: Portal, link: LinkToWrite, refused: Refused) -> dict[str, str]:
    """The link's own property, made if need be; `segue_link` is left out where the portal wasn't set up yet."""
    ensure_link_property(portal, link.slug, look=True)
    if link.requested_at is not None and REQUESTED_AT in str(refused):
        raise HubSpotError(
            f"the contact property {REQUESTED_AT} isn't there: set the account up under Connections, then try again"
        )
    return link.properties(latest=LATEST not in _named(refused))


def _named(refused: Refused | NotThere) -> set[str]:
    """The properties a refusal is about, as far as it says."""
    words = str(refused).replace('\\"', '"').replace('"', " ").replace("'", " ").replace(",", " ").split()
    named = {
        str(name) for detail in getattr(refused, "details", ()) for name in _listed(detail.context.get("propertyName"))
    }
    return named | set(words)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
