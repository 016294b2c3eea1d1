"""Writing links to contacts' properties, where mails take them from: one contact at once, or a hundred in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.hubspot.accounts.assets import link_property_name
from connectors.hubspot.accounts.provision import ensure_link_property
from connectors.hubspot.api.errors import HubSpotError, NotThere, Refused
from connectors.hubspot.api.transport import READ_S, WRITE_PATIENCE_S
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal

LATEST, REQUESTED_AT = "segue_link", "segue_link_requested_at"
BATCH = 100
"""Contacts HubSpot takes in one call."""
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


def write_links(portal: Portal, links: Sequence[LinkToWrite]) -> dict[str, str]:
    """Write the links of up to `BATCH` contacts in one call; why not, by contact id, for those it failed.

    Raises `HubSpotError` when nothing is known of any. One contact that can't be written never holds up the others.
    """
    by_contact: dict[str, dict[str, str]] = {}
    for link in links:
        by_contact[link.contact_id] = by_contact.get(link.contact_id, {}) | link.properties()
    if not by_contact:
        return {}
    try:
        return _send_batch(portal, by_contact)
    except Refused as refused:
        if lacks_property(refused):
            for slug in sorted({link.slug for link in links}):
                ensure_link_property(portal, slug, look=True)
        return _one_by_one(portal, links)


def lacks_property(refused: Refused) -> bool:
    """Whether HubSpot says that a property isn't there."""
    return (
        _UNKNOWN in str(refused)
        or any(detail.code == _UNKNOWN for detail in refused.details)
        or ("does not exist" in str(refused))
    )


def _with_what_there_is(portal: Portal, link: LinkToWrite, refused: Refused) -> dict[str, str]:
    """The link's own property, made if need be; `segue_link` is left out where the portal wasn't set up yet."""
    ensure_link_property(portal, link.slug, look=True)
    if link.requested_at is not None and REQUESTED_AT in str(refused):
        raise HubSpotError(
            f"the contact property {REQUESTED_AT} isn't there: set the account up under Connections, then try again"
        )
    return link.properties(latest=LATEST not in _named(refused))


def _named(refused: Refused) -> set[str]:
    """The properties a refusal is about, as far as it says."""
    words = str(refused).replace('\\"', '"').replace('"', " ").replace("'", " ").replace(",", " ").split()
    named = {str(name) for detail in refused.details for name in _listed(detail.context.get("propertyName"))}
    return named | set(words)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _send_batch(portal: Portal, by_contact: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    # With a trace id HubSpot settles each on its own, and says whose answer is whose even after a merge.
    inputs = [
        {"id": contact_id, "properties": dict(properties), "objectWriteTraceId": contact_id}
        for contact_id, properties in by_contact.items()
    ]
    answer = portal.api.call("POST", f"{_CONTACTS}/batch/update", body={"inputs": inputs})
    if answer.status != 207:
        return {}
    done = {str(each.get("objectWriteTraceId") or each.get("id")) for each in answer.results}
    reasons = _reasons(answer.body)
    return {
        contact_id: reasons.get(contact_id, "HubSpot didn't write this contact and gave no reason")
        for contact_id in by_contact
        if contact_id not in done
    }


def _reasons(body: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in _listed(body.get("errors") if isinstance(body, dict) else None):
        told = each if isinstance(each, dict) else {}
        context = told.get("context")
        named = context if isinstance(context, dict) else {}
        message = told.get("message")
        for contact_id in [*_listed(named.get("objectWriteTraceId")), *_listed(named.get("ids"))]:
            found[str(contact_id)] = message[:400] if isinstance(message, str) else "HubSpot gave no reason"
    return found


def _one_by_one(portal: Portal, links: Sequence[LinkToWrite]) -> dict[str, str]:
    failed: dict[str, str] = {}
    for link in links:
        try:
            write_link(portal, link)
        except (NotThere, Refused) as error:
            failed[link.contact_id] = str(error)
    return failed
