"""Checking on screen what a campaign would show of a Contact, Lead or Campaign Member, and giving them their link."""

from __future__ import annotations

import re

import pytest

from tests.connectors.salesforce.world import World
from tests.web.connections.test_salesforce import at
from tests.web.crm.conftest import ORIGIN, Browser


def test_each_field_is_checked_for_one_person(org_browser: Browser, org: World, autumn: str) -> None:
    contact = org.add("Contact", LastName="N", FirstName="Ana", Email="ana.n@example.com", Tier__c="gold")

    page = org_browser.get(at(org, f"/check?campaign=autumn&contact={contact}")).text
    by_mail = org_browser.get(at(org, "/check?campaign=autumn&contact=ANA.N@example.com")).text
    address = f"https://acme.lightning.force.com/lightning/r/Contact/{contact}/view"
    by_page = org_browser.get(at(org, f"/check?campaign=autumn&contact={address}")).text

    for words in ("<bdi>Ana</bdi>", "No value", "the fallback", "no such field, or hidden"):
        assert words in page
    assert f"Read just now from Contact {contact}" in by_mail
    assert f"Read just now from Contact {contact}" in by_page


def test_leads_and_members_are_checked_too(org_browser: Browser, org: World, autumn: str) -> None:
    lead = org.add("Lead", LastName="N", FirstName="Priya", Company="M", Email="priya.n@example.com")
    campaign = org.add("Campaign", Name="C")
    member = org.add("CampaignMember", CampaignId=campaign, LeadId=lead)

    for named, kind in ((lead, "Lead"), ("priya.n@example.com", "Lead"), (member, "Campaign Member")):
        page = org_browser.get(at(org, f"/check?campaign=autumn&contact={named}")).text

        assert f"from {kind} " in page
        assert "<bdi>Priya</bdi>" in page


def test_a_field_our_user_may_not_see_is_said_to_be(org_browser: Browser, org: World, autumn: str) -> None:
    contact = org.add("Contact", LastName="N", FirstName="Ana", Tier__c="gold")
    org.sandbox.org.schema.of(org.sandbox.org.integration_id).hidden = {"Contact.Tier__c"}
    org.sandbox.org.schema.changed()

    page = org_browser.get(at(org, f"/check?campaign=autumn&contact={contact}")).text

    row = next(part for part in page.split("<tr>") if "contact.Tier__c" in part)
    assert "hidden from Segue’s user" in row


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("003000000000000AAA", "Salesforce has no Contact 003000000000000AAA"),
        ("nobody@example.com", "no contact and no lead with the address"),
        ("o'neill@example.com' OR Name != '", "no contact and no lead"),
        ("Ana Ferrer", "by e-mail address"),
        ("006000000000001AAA", "Contacts (003…)"),
        ("%3Cimg%20src=x%3E", "by e-mail address"),
    ],
)
def test_a_record_that_is_none_is_said_to_be(
    org_browser: Browser, org: World, autumn: str, named: str, said: str
) -> None:
    response = org_browser.get(at(org, f"/check?campaign=autumn&contact={named}"))

    assert response.status_code == 422
    assert said in response.text
    assert "<img src=x" not in response.text


def test_a_persons_link_is_made_from_the_check_and_again_it_is_the_same(
    org_browser: Browser, org: World, autumn: str
) -> None:
    contact = org.add("Contact", LastName="N", FirstName="Ana")
    given = {"campaign": "autumn", "contact": contact}

    first = org_browser.post(at(org, "/check"), given, page=at(org, "/setup")).text
    second = org_browser.post(at(org, "/check"), given, page=at(org, "/setup")).text
    refused = org_browser.post(at(org, "/check"), {**given, "campaign": "winter"}, page=at(org, "/setup"))

    link = re.search(rf"{ORIGIN}/v/[\w.-]+", first)
    assert link is not None
    assert link[0] in second
    assert "This is the link they have." in second
    assert refused.status_code == 422
    assert "no campaign" in refused.text


def test_who_takes_no_mail_gets_no_link_from_the_check_either(org_browser: Browser, org: World, autumn: str) -> None:
    contact = org.add("Contact", LastName="N", HasOptedOutOfEmail=True)

    response = org_browser.post(at(org, "/check"), {"campaign": "autumn", "contact": contact}, page=at(org, "/setup"))

    assert response.status_code == 422
    assert "take no mail" in response.text


def test_without_a_campaign_it_says_how_to_publish_one(org_browser: Browser, org: World) -> None:
    assert "--installation 00D" in org_browser.get(at(org, "/check")).text
