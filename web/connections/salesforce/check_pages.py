"""Before anything is sent: what a campaign would show of one Contact, Lead or Campaign Member, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from connectors.salesforce.api.soql import soql
from connectors.salesforce.connector import SalesforceCrm
from connectors.salesforce.inbound import links
from connectors.salesforce.names import PREFIXES, long_id
from connectors.salesforce.org import Org
from plugin.campaigns.models import Campaign
from plugin.decisions.story import Story
from plugin.kernel.errors import BadInput, NotFound
from plugin.recipients.ports import ExternalRef, RecordGone
from web.connections.field_check import READ_S, Checked, rows_of, shown
from web.connections.present import attempt
from web.connections.salesforce.present import crm, look, org
from web.services import services

KINDS = {"contact": "Contact", "lead": "Lead", "campaign_member": "Campaign Member"}
UNSEEN = "no such field, or hidden from Segue’s user"
_OBJECTS = {
    "contact": "Contact",
    "lead": "Lead",
    "account": "Account",
    "opportunity": "Opportunity",
    "campaign_member": "CampaignMember",
}
_IN_ADDRESS = re.compile(r"/(00[3Qv][a-zA-Z0-9]{12}(?:[a-zA-Z0-9]{3})?)(?=[/?#]|$)")


def check(installation_id: str) -> Response:
    """The check, once a campaign and a record are named; and what goes into the mail."""
    return _shown(installation_id, 200)


def make_link(installation_id: str) -> Response:
    """The record's own link, to open and look at; nothing is written to the org."""
    here = services()
    look(installation_id)
    named, slug = request.form.get("contact", "").strip(), request.form.get("campaign", "")
    record_id, problem = attempt(lambda: _record(org(installation_id), named))
    if record_id is None:
        return _shown(installation_id, 422, problem=problem)
    (made,) = links.answer(
        here.database,
        installation_id,
        [links.Ask(record_id, slug, None, None)],
        origin=here.settings.public_origin,
        keyring=here.keyring,
        clock=here.clock,
        link_days=here.settings.link_days,
        org=here.orgs.of,
    )
    if made.error:
        return _shown(installation_id, 422, problem=f"{made.error[:1].upper()}{made.error[1:]}.")
    said = "This is the link they have." if made.reused else "A new link. It stands on the record once your Flow asks."
    return _shown(installation_id, 200, link=made.link, said=said)


def _shown(installation_id: str, status: int, **told: Any) -> Response:
    def find(story: Story, named: str) -> Checked:
        return _checked(crm(installation_id), story, named)

    def mail(_: Campaign | None) -> Mapping[str, Any]:
        return {}

    return shown("salesforce/check", look(installation_id), status, find, mail, **told)


def _checked(opened: SalesforceCrm, story: Story, named: str) -> Checked:
    record_id = _record(opened.org, named)
    kind = PREFIXES[record_id[:3]]
    try:
        record = opened.read(ExternalRef(opened.org.installation_id, kind, record_id), story.paths, timeout_s=READ_S)
    except RecordGone:
        raise NotFound(f"Salesforce has no {KINDS[kind]} {record_id} that our user may see (any more)") from None
    rows = rows_of(story, record, lambda lacking: _unknown(opened.org, kind, lacking), UNSEEN)
    return Checked(f"{KINDS[kind]} {record_id}", record_id, rows)


def _unknown(opened: Org, kind: str, sources: Sequence[str]) -> frozenset[str]:
    """Of sources without a value, those whose field isn't there for our user."""
    found: set[str] = set()
    for root in {source.partition(".")[0] for source in sources}:
        # A lead's page reads a contact's fields where a lead has them.
        object_name = "Lead" if (kind, root) == ("lead", "contact") else _OBJECTS.get(root)
        names = _field_names(opened, object_name) if object_name else frozenset({""})
        mine = [source for source in sources if source.startswith(f"{root}.")]
        found |= {source for source in mine if names and source.partition(".")[2] not in names}
    return frozenset(found)


def _field_names(opened: Org, object_name: str) -> frozenset[str]:
    told, _ = attempt(lambda: opened.api.read("GET", f"sobjects/{object_name}/describe", within_s=READ_S))
    listed = told.get("fields") if isinstance(told, dict) else None
    return frozenset(str(each.get("name")) for each in listed or () if isinstance(each, dict))


def _record(opened: Org, named: str) -> str:
    """The record somebody named: by its id, by its page's address, or by e-mail address."""
    if found := _IN_ADDRESS.search(named):
        return long_id(found[1])
    if "@" in named:
        return _by_mail(opened, named)
    try:
        record_id = long_id(named)
    except BadInput:
        raise BadInput("name the person by e-mail address, or by the record’s id or address in Salesforce") from None
    if record_id[:3] not in PREFIXES:
        raise BadInput("links are made for Contacts (003…), Leads (00Q…) and Campaign Members (00v…)")
    return record_id


def _by_mail(opened: Org, address: str) -> str:
    """A contact of that address, else a lead that wasn't converted."""
    for query in (
        "SELECT Id FROM Contact WHERE Email = {address} ORDER BY LastModifiedDate DESC LIMIT 1",
        "SELECT Id FROM Lead WHERE Email = {address} AND IsConverted = false ORDER BY LastModifiedDate DESC LIMIT 1",
    ):
        params = {"q": soql(query, address=address)}
        answer = opened.api.read("GET", "query/", params=params, within_s=READ_S)
        rows = answer.get("records") if isinstance(answer, dict) else None
        if rows:
            return long_id(str(rows[0]["Id"]))
    raise NotFound(f"Salesforce has no contact and no lead with the address {address}")
