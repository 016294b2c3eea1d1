"""Before anything is sent: what a campaign would show of one contact, field by field; and what goes into the mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from plugin.decisions.story import Story, published_story
from plugin.fields.format import format_value
from plugin.fields.models import Field, in_language
from plugin.fields.read import Held, Missing, read_fields
from plugin.kernel.errors import BadInput, NotFound
from plugin.recipients.ports import ExternalRef, RecordGone
from web.connections.present import attempt, campaigns_of, look, page, portal
from web.services import services

READ_S = 5.0
WHY: Mapping[Missing, str] = {
    Missing.ABSENT: "the record has no value",
    Missing.BLANK: "nothing but spaces or marks",
    Missing.PLACEHOLDER: "a template’s leftover, not a value",
    Missing.WRONG_TYPE: "a value of another kind",
    Missing.NOT_A_CHOICE: "none of the values the storyboard knows",
    Missing.HIDDEN: "never shown to who holds a link",
}
_OBJECTS = {"contact": "contacts", "company": "companies", "deal": "deals"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the storyboard for one contact. `good`: the record's own value is shown."""

    label: str
    source: str
    good: bool
    value: str
    why: str
    instead: str
    """What stands in: the fallback, in words; empty: it is left out."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A contact with what each field would show of them."""

    contact_id: str
    rows: Sequence[Row]

    @property
    def missing(self) -> int:
        """How many fields lack a value of their own."""
        return sum(not row.good for row in self.rows)


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
    account = look(installation_id)
    slug, contact = request.values.get("campaign", ""), request.values.get("contact", "").strip()[:200]
    with services().database.reading() as session:
        campaigns = campaigns_of(session, installation_id)
        chosen = next((each for each in campaigns if each.slug == slug), campaigns[0] if campaigns else None)
        story = published_story(session, chosen.id, chosen.published_version) if chosen else None
    checked, problem = None, told.pop("problem", None)
    if story is not None and contact and account.connected and problem is None:
        found = story
        checked, problem = attempt(lambda: _checked(portal(installation_id), found, contact))
    return page(
        "check",
        account,
        status if problem is None or status != 200 else 422,
        here_tab="check",
        campaigns=[campaign.slug for campaign in campaigns],
        slug=chosen.slug if chosen else "",
        contact=contact,
        fields=len(story.storyboard.fields) if story else 0,
        checked=checked,
        problem=problem,
        property=link_property_name(chosen.slug) if chosen else "",
        origin=services().settings.public_origin.rstrip("/"),
        **{"link": None, "said": None, **told},
    )


def _checked(opened: Portal, story: Story, contact: str) -> Checked:
    contact_id = _contact(opened, contact)
    ref = ExternalRef(opened.installation_id, CONTACT, contact_id)
    try:
        record = read(opened, ref, story.paths, timeout_s=READ_S)
    except RecordGone:
        raise NotFound(f"HubSpot has no contact {contact_id} (any more)") from None
    fields = story.storyboard.fields
    profile = read_fields(fields, record.values)
    lacking = [field.source for field in fields if profile.held[field.name].missing == Missing.ABSENT]
    unknown = _unknown(opened, lacking)
    return Checked(contact_id, [_row(field, profile.held[field.name], story, unknown) for field in fields])


def _row(field: Field, held: Held, story: Story, unknown: frozenset[str]) -> Row:
    language = story.storyboard.languages[0]
    good = held.missing is None
    shown = "" if held.value is None else format_value(field, held.value, language)
    why = "" if held.missing is None else WHY[held.missing]
    if field.source in unknown:
        why = "HubSpot has no property of this name: was it renamed?"
    return Row(
        label=in_language(field.label, language, language),
        source=field.source,
        good=good,
        value=shown if good else "",
        why=why,
        instead="" if good else shown,
    )


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


__all__ = ["Campaign", "check", "make_link"]
