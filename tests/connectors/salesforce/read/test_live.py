"""A person's record as it is now: one call, merged and converted people followed, hostile names only ever values."""

from __future__ import annotations

import pytest

from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.merge import merge
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, reasons
from plugin.recipients.ports import ExternalRef, ProfileUnavailable, RecordGone
from tests.connectors.salesforce.world import World

PATHS = ["contact.FirstName", "contact.Email", "account.Name", "opportunity.Amount", "opportunity.StageName"]


def ref(world: World, record_id: str, kind: str = "contact") -> ExternalRef:
    return ExternalRef(world.installation_id, kind, record_id)


def a_customer(world: World) -> str:
    account = world.add("Account", Name="Harbor")
    contact = world.add("Contact", FirstName="Ana", LastName="O'Neill", Email="ana@x.example", AccountId=account)
    for stage, amount in (("Closed Won", 1.0), ("Prospecting", 12_500.5)):
        deal = world.add(
            "Opportunity", Name=stage, StageName=stage, Amount=amount, CloseDate="2027-01-31", AccountId=account
        )
        world.add("OpportunityContactRole", OpportunityId=deal, ContactId=contact)
    return contact


def test_contact_account_and_open_deal_come_in_one_call(world: World) -> None:
    ana, crm = a_customer(world), world.crm()
    world.sandbox.counts.reset()

    record = crm.read(ref(world, ana), PATHS, timeout_s=5)

    assert record.values == {
        "contact.FirstName": "Ana",
        "contact.Email": "ana@x.example",
        "account.Name": "Harbor",
        "opportunity.Amount": 12_500.5,
        "opportunity.StageName": "Prospecting",
    }
    assert world.calls() == 1


def test_fifteen_characters_name_the_same_record(world: World) -> None:
    ana = a_customer(world)

    assert world.crm().read(ref(world, ana[:15]), ["contact.FirstName"], timeout_s=5).values


def test_a_lead_is_read_under_the_names_of_a_contact_too(world: World) -> None:
    lead = world.add("Lead", FirstName="Priya", LastName="Nair", Company="Monsoon")

    record = world.crm().read(ref(world, lead, "lead"), ["contact.FirstName", "lead.Company"], timeout_s=5)

    assert record.values == {"contact.FirstName": "Priya", "lead.Company": "Monsoon"}


def test_a_converted_lead_is_read_as_its_contact(world: World) -> None:
    lead = world.add("Lead", FirstName="Priya", LastName="Nair", Company="Monsoon")
    contact = convert(world.sandbox.org, lead).contact_id
    world.change("Contact", contact, FirstName="Priyanka")
    crm = world.crm()

    for _ in range(2):
        record = crm.read(ref(world, lead, "lead"), ["contact.FirstName"], timeout_s=5)
        assert record.values == {"contact.FirstName": "Priyanka"}


def test_a_merged_contact_is_read_as_whom_it_was_merged_into(world: World) -> None:
    loser, winner = (world.add("Contact", FirstName=name, LastName="N") for name in ("Old", "New"))
    merge(world.sandbox.org, winner, [loser])

    record = world.crm().read(ref(world, loser), ["contact.FirstName"], timeout_s=5)

    assert record.values == {"contact.FirstName": "New"}


def test_a_member_stands_for_its_person(world: World) -> None:
    campaign = world.add("Campaign", Name="Spring")
    contact = world.add("Contact", FirstName="Ana", LastName="N")
    member = world.add("CampaignMember", CampaignId=campaign, ContactId=contact)

    paths = ["contact.FirstName", "campaign_member.Status"]
    record = world.crm().read(ref(world, member, "campaign_member"), paths, timeout_s=5)

    assert record.values["contact.FirstName"] == "Ana"
    assert record.values["campaign_member.Status"]


def test_a_lead_who_is_a_member_is_read_by_a_contacts_names(world: World) -> None:
    campaign = world.add("Campaign", Name="Spring")
    lead = world.add("Lead", FirstName="Priya", LastName="N", Company="M")
    member = world.add("CampaignMember", CampaignId=campaign, LeadId=lead)

    paths = ["contact.FirstName", "contact.Tier__c", "lead.Company"]
    record = world.crm().read(ref(world, member, "campaign_member"), paths, timeout_s=5)

    assert record.values == {"contact.FirstName": "Priya", "lead.Company": "M"}


def test_what_a_lead_lacks_a_contact_may_have(world: World) -> None:
    lead = world.add("Lead", FirstName="Priya", LastName="N", Company="M")
    ana = world.add("Contact", FirstName="Ana", LastName="N", Tier__c="gold")
    crm = world.crm()
    crm.read(ref(world, lead, "lead"), ["contact.FirstName", "contact.Tier__c"], timeout_s=5)

    assert crm.read(ref(world, ana), ["contact.Tier__c"], timeout_s=5).values == {"contact.Tier__c": "gold"}


def test_many_fields_the_org_lacks_cost_two_more_calls_the_first_time(world: World) -> None:
    ana, crm = a_customer(world), world.crm()
    paths = ["contact.FirstName", *(f"contact.Nothing_{number}__c" for number in range(12))]
    world.sandbox.counts.reset()

    assert crm.read(ref(world, ana), paths, timeout_s=5).values == {"contact.FirstName": "Ana"}
    assert world.calls() == 3


def test_a_field_the_org_lacks_is_missing_and_asked_for_once(world: World) -> None:
    ana, crm = a_customer(world), world.crm()
    paths = ["contact.FirstName", "contact.Tier__c", "account.Nothing__c", "opportunity.Nope__c"]
    assert crm.read(ref(world, ana), paths, timeout_s=5).values == {"contact.FirstName": "Ana"}
    world.sandbox.counts.reset()

    assert crm.read(ref(world, ana), paths, timeout_s=5).values == {"contact.FirstName": "Ana"}
    assert world.calls() == 1


@pytest.mark.parametrize(
    "path", ["contact.Id FROM User", "contact.Name)", "contact.Account.Owner.Email", "user.Password", "contact.'", "x"]
)
def test_a_path_that_is_no_field_reaches_no_query(world: World, path: str) -> None:
    ana = a_customer(world)

    assert world.crm().read(ref(world, ana), [path, "contact.FirstName"], timeout_s=5).values == {
        "contact.FirstName": "Ana"
    }


@pytest.mark.parametrize("record_id", ["", "x", "003' OR Id != '", "003000000000000AAA", "001000000000000AAA"])
def test_an_id_nobody_has_is_gone(world: World, record_id: str) -> None:
    with pytest.raises(RecordGone):
        world.crm().read(ref(world, record_id), ["contact.FirstName"], timeout_s=5)


def test_a_deleted_contact_is_gone(world: World) -> None:
    ana = world.add("Contact", FirstName="Ana", LastName="N")
    world.delete("Contact", ana)

    with pytest.raises(RecordGone):
        world.crm().read(ref(world, ana), ["contact.FirstName"], timeout_s=5)


def test_opting_out_in_the_crm_holds_here_until_it_is_taken_back(world: World) -> None:
    ana, crm = world.add("Contact", FirstName="Ana", LastName="N", HasOptedOutOfEmail=True), world.crm()
    pseudonym = pseudonym_of(world.vault, ref(world, ana))

    crm.read(ref(world, ana), ["contact.FirstName"], timeout_s=5)
    with world.database.reading() as session:
        assert reasons(session, pseudonym) == {OPTED_OUT}
    world.change("Contact", ana, HasOptedOutOfEmail=False)
    crm.read(ref(world, ana), ["contact.FirstName"], timeout_s=5)

    with world.database.reading() as session:
        assert reasons(session, pseudonym) == frozenset()


@pytest.mark.parametrize("kind", ["503", "cut", "limit_daily", "api_off"])
def test_whatever_ails_the_org_a_read_says_unavailable(world: World, kind: str) -> None:
    ana, crm = a_customer(world), world.crm()
    world.sandbox.faults.add(kind)

    with pytest.raises(ProfileUnavailable):
        crm.read(ref(world, ana), ["contact.FirstName"], timeout_s=0.5)
