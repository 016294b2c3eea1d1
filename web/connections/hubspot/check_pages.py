"""Before anything is sent: what a campaign would show of one contact, field by field; and what goes into the mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from connectors.hubspot.accounts.assets import link_property_name
from connectors.hubspot.api.search import search
from connectors.hubspot.api.version import API
from connectors.hubspot.inbound.ask_again import Outcome, copy_link
from connectors.hubspot.inbound.give_link import CONTACT, Issuing
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.live import read
from plugin.campaigns.models import Campaign
from plugin.decisions.story import Story
from plugin.kernel.errors import BadInput, NotFound
from plugin.recipients.ports import ExternalRef, RecordGone
from web.connections.field_check import READ_S, Checked, rows_of, shown
from web.connections.hubspot.present import look, portal
from web.connections.present import attempt
from web.services import services

RENAMED = "HubSpot has no property of this name: was it renamed?"
_OBJECTS = {"contact": "contacts", "company": "companies", "deal": "deals"}


def check(installation_id: str) -> Response:
    """The check, once a campaign and a contact are named; and the campaign's mail snippet."""
    return _shown(installation_id, 200)


def make_link(installation_id: str) -> Response:
    """The contact's own link, to open and look at."""
    here = services()
    slug, contact_id = request.form.get("campaign", ""), request.form.get("contact", "").strip()
    issuing = Issuing(here.keyring, here.settings.public_origin, here.settings.link_days)

    def make() -> Outcome:
        return copy_link(portal(installation_id), issuing, _contact(portal(installation_id), contact_id), slug)

    look(installation_id)
    outcome, problem = attempt(make)
    if outcome is None or not outcome.done:
        return _shown(installation_id, 422, problem=problem if outcome is None else outcome.message)
    return _shown(installation_id, 200, link=outcome.url, said=outcome.message)


def _shown(installation_id: str, status: int, **told: Any) -> Response:
    def find(story: Story, contact: str) -> Checked:
        return _checked(portal(installation_id), story, contact)

    def mail(chosen: Campaign | None) -> dict[str, str]:
        origin = services().settings.public_origin.rstrip("/")
        return {"property": link_property_name(chosen.slug) if chosen else "", "origin": origin}

    return shown("hubspot/check", look(installation_id), status, find, mail, **told)


def _checked(opened: Portal, story: Story, contact: str) -> Checked:
    contact_id = _contact(opened, contact)
    ref = ExternalRef(opened.installation_id, CONTACT, contact_id)
    try:
        record = read(opened, ref, story.paths, timeout_s=READ_S)
    except RecordGone:
        raise NotFound(f"HubSpot has no contact {contact_id} (any more)") from None
    rows = rows_of(story, record, lambda lacking: _unknown(opened, lacking), RENAMED)
    return Checked(f"contact {contact_id}", contact_id, rows)


def _unknown(opened: Portal, sources: Sequence[str]) -> frozenset[str]:
    """Of sources without a value, those whose property doesn't exist: it was renamed, or never there."""
    found: set[str] = set()
    for kind in {source.partition(".")[0] for source in sources} & set(_OBJECTS):
        names = _property_names(opened, _OBJECTS[kind])
        mine = [source for source in sources if source.startswith(f"{kind}.")]
        found |= {source for source in mine if names and source.partition(".")[2] not in names}
    return frozenset(found)


def _property_names(opened: Portal, object_type: str) -> frozenset[str]:
    listed, _ = attempt(lambda: opened.api.read("GET", f"/crm/properties/{API}/{object_type}").results)
    return frozenset(str(each.get("name")) for each in listed or ())


def _contact(opened: Portal, text: str) -> str:
    """The contact somebody named: by id, or by e-mail address."""
    if text.isascii() and text.isdecimal() and len(text) <= 20:
        return text
    if "@" not in text:
        raise BadInput("name the contact by e-mail address or by its id in HubSpot")
    wanted = {"propertyName": "email", "operator": "EQ", "value": text.lower()}
    results = search(opened, "contacts", [[wanted]], properties=["email"], limit=2).results
    if not results:
        raise NotFound(f"HubSpot has no contact with the address {text}")
    return str(results[0].get("id"))
