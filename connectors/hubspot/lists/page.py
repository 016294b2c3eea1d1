"""One page of a list: who is there and may be addressed, their links, and the links on their contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import stamina

from connectors.hubspot.accounts.assets import LATEST_LINK
from connectors.hubspot.accounts.provision import ensure_link_property
from connectors.hubspot.api.batch import MOST, read_many, update_many
from connectors.hubspot.api.errors import Refused
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.choose import STANDING_NEEDS, standing_of
from connectors.hubspot.read.standing import CONTACT, keep_standing
from connectors.runs import tally
from connectors.runs.tally import Tally
from plugin.kernel.errors import Busy
from plugin.links.address import address
from plugin.links.issue import issue_many
from plugin.links.keys import Keyring
from plugin.privacy.suppress import pseudonym_of, reasons
from plugin.recipients.enrol import enrol_many
from plugin.recipients.ports import ExternalRef


@dataclass(frozen=True, slots=True)
class Order:
    """Links to what, how they read, and where on the contact they go."""

    campaign_id: str
    slug: str
    origin: str
    days: int
    property: str
    """The campaign's link property."""


def do_page(portal: Portal, keyring: Keyring, order: Order, ids: Sequence[str]) -> Tally:
    """Give these contacts their links; doing it again changes nothing. Raises `HubSpotError` or `Busy`."""
    found = Tally()
    for start in range(0, len(ids), MOST):
        _batch(portal, keyring, order, ids[start : start + MOST], found)
    return found


def _batch(portal: Portal, keyring: Keyring, order: Order, ids: Sequence[str], found: Tally) -> None:
    known = read_many(portal.api, "contacts", ids, [*STANDING_NEEDS, order.property, LATEST_LINK.name])
    for each in ids:
        if each not in known:
            found.lost(tally.GONE, each, "deleted in HubSpot, or merged into another contact")
    keep_standing(portal, {each: standing_of(properties) for each, properties in known.items()})
    links = _issue(portal, keyring, order, known, found)
    changes = {each: _changes(order, link, known[each]) for each, link in links.items()}
    writing = {each: change for each, change in changes.items() if change}
    found.counts[tally.UNCHANGED] += len(changes) - len(writing)
    refused = _write(portal, order, writing)
    found.counts[tally.WRITTEN] += len(writing) - len(refused)
    for each, why in sorted(refused.items()):
        found.lost(tally.REFUSED, each, str(why))


def _issue(portal: Portal, keyring: Keyring, order: Order, known: Mapping[str, Any], found: Tally) -> Mapping[str, str]:
    """The address of each contact's link; who is suppressed is told to `found`."""
    refs = {each: ExternalRef(portal.installation_id, CONTACT, each) for each in known}
    # Nothing of it stands until all of it does, so it can be tried again as a whole.
    for attempt in stamina.retry_context(on=Busy, attempts=6, wait_initial=0.2, wait_max=10, timeout=60):
        with attempt, portal.database.transaction() as session:
            people = enrol_many(session, refs.values())
            issued = issue_many(
                session, order.campaign_id, people.values(), keyring=keyring, clock=portal.clock, days=order.days
            )
    links = {}
    for each, ref in refs.items():
        link = issued.get(people[ref])
        if link is None:
            with portal.database.reading() as session:
                found.suppressed(each, reasons(session, pseudonym_of(portal.vault, ref)))
            continue
        found.counts[tally.REUSED if link.reused else tally.ISSUED] += 1
        links[each] = address(order.origin, link.token)
    return links


def _changes(order: Order, link: str, known: Mapping[str, Any]) -> dict[str, str]:
    return {name: link for name in (order.property, LATEST_LINK.name) if known.get(name) != link}


def _write(portal: Portal, order: Order, changes: Mapping[str, Mapping[str, str]]) -> Mapping[str, Exception]:
    refused = update_many(portal.api, "contacts", changes)
    if not any(_lacks_property(why) for why in refused.values()):
        return refused
    # The property was deleted in HubSpot while we worked, or is in its archive: it is made once more, or the run ends.
    ensure_link_property(portal, order.slug, look=True)
    return update_many(portal.api, "contacts", {each: changes[each] for each in refused})


def _lacks_property(why: Exception) -> bool:
    return isinstance(why, Refused) and (
        any(detail.code == "PROPERTY_DOESNT_EXIST" for detail in why.details) or "does not exist" in str(why)
    )
