"""Who wants no mail, was deleted, merged or converted is known within minutes; of strangers nothing is kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connectors.people import ERASED
from connectors.salesforce.inbound import links
from connectors.salesforce.models import SalesforceRecord, SalesforceVisit
from connectors.salesforce.outcomes.chores import look_at_newcomers, look_in_bin
from connectors.salesforce.outcomes.people import poll_people
from connectors.salesforce.sandbox.store.bin import purge
from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.merge import merge
from plugin.engagement.models import Visit
from plugin.links.issue import issue_many
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, reasons
from plugin.recipients.models import ProfileSnapshot, Recipient
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW
from tests.connectors.salesforce.outcomes.test_deals import enrolled
from tests.connectors.salesforce.world import World
from tests.connectors.salesforce.writeback.test_deliver import about, row_of
from tests.make import make_campaign
from tests.plugin.engagement.visits import make_visit

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""

KINDS = {"003": "contact", "00Q": "lead", "00v": "campaign_member"}


def ref(world: World, record_id: str) -> ExternalRef:
    return ExternalRef(world.installation_id, KINDS[record_id[:3]], record_id)


def held(world: World, record_id: str) -> set[str]:
    with world.database.reading() as session:
        return set(reasons(session, pseudonym_of(world.vault, ref(world, record_id))))


def recipient(world: World, record_id: str) -> Recipient | None:
    with world.database.reading() as session:
        return session.scalars(select(Recipient).where(Recipient.external_id == record_id)).one_or_none()


def ask(world: World, *record_ids: str) -> list[links.Answer]:
    asks = links.parse({"requests": [{"recordId": each, "campaign": "spring"} for each in record_ids]})
    return links.answer(
        world.database,
        world.installation_id,
        asks,
        origin="https://video.example.com",
        keyring=Keyring(world.database, world.vault),
        clock=world.clock,
        link_days=30,
        org=lambda _: world.org(),
    )


@pytest.fixture
def campaign(world: World) -> str:
    with world.database.transaction() as session:
        return make_campaign(session, slug="spring", installation_id=world.installation_id, published_version=1).id


@SQLITE
@pytest.mark.parametrize("kind", ["contact", "lead"])
def test_an_opt_out_holds_at_issue_and_write_and_ends_with_it(world: World, campaign: str, kind: str) -> None:
    ana, name = enrolled(world, kind), kind.capitalize()
    poll_people(world.org())
    world.sandbox.clock.advance(60)
    world.change(name, ana, HasOptedOutOfEmail=True)

    assert poll_people(world.org()) == 1

    assert held(world, ana) == {OPTED_OUT}
    assert "asked not to be addressed" in ask(world, ana)[0].error
    world.crm().deliver(about(ana))
    assert world.rows("Video_Engagement__c") == []

    world.sandbox.clock.advance(60)
    world.change(name, ana, HasOptedOutOfEmail=False)
    poll_people(world.org())
    assert held(world, ana) == set()
    assert ask(world, ana)[0].link


@SQLITE
def test_the_first_look_finds_who_opted_out_long_ago_and_keeps_nothing_of_strangers(world: World) -> None:
    ana = enrolled(world, HasOptedOutOfEmail=True)
    world.add("Contact", LastName="Stranger", HasOptedOutOfEmail=True)
    enrolled(world)

    poll_people(world.org())

    assert held(world, ana) == {OPTED_OUT}
    with world.database.reading() as session:
        assert len(session.scalars(select(Suppression)).all()) == 1


def test_the_person_behind_a_campaign_member_opts_out_for_it(world: World) -> None:
    person, campaign = world.add("Contact", LastName="N"), world.add("Campaign", Name="Spring")
    member = enrolled(world, "campaign_member", CampaignId=campaign, ContactId=person)
    assert look_at_newcomers(world.org()) == 1
    assert look_at_newcomers(world.org()) == 0
    poll_people(world.org())
    world.sandbox.clock.advance(60)
    world.change("Contact", person, HasOptedOutOfEmail=True)

    poll_people(world.org())

    assert held(world, member) == {OPTED_OUT}


@SQLITE
@pytest.mark.parametrize("kind", ["contact", "lead", "member"])
def test_who_opted_out_before_the_first_link_gets_none(world: World, campaign: str, kind: str) -> None:
    person = world.add("Contact", LastName="N", HasOptedOutOfEmail=True)
    lead = world.add("Lead", LastName="N", Company="M", HasOptedOutOfEmail=True)
    place = world.add("Campaign", Name="Spring")
    member = world.add("CampaignMember", CampaignId=place, ContactId=person)
    asked = {"contact": person, "lead": lead, "member": member}[kind]
    ben = world.add("Contact", LastName="B")
    world.sandbox.counts.reset()

    refused, given = ask(world, asked, ben)

    assert "asked not to be addressed" in refused.error
    assert given.link
    assert world.calls() == (1 if kind == "contact" else 2)


@SQLITE
def test_when_salesforce_cannot_be_asked_the_link_is_made_all_the_same(world: World, campaign: str) -> None:
    person = world.add("Contact", LastName="N", HasOptedOutOfEmail=True)
    world.sandbox.faults.add("limit_daily")

    [given] = ask(world, person)

    assert given.link


def test_deleted_is_put_away_and_restored_is_as_before(world: World) -> None:
    ana = enrolled(world)
    org = world.org()
    poll_people(org)
    mine = recipient(world, ana)
    assert mine is not None
    with world.database.transaction() as session:
        session.add(ProfileSnapshot(recipient_id=mine.id, sealed=b"x", read_at=NOW))
    world.sandbox.clock.advance(60)
    world.delete("Contact", ana)

    poll_people(org)

    with world.database.reading() as session:
        assert session.scalars(select(ProfileSnapshot)).all() == []
        assert session.get_one(SalesforceRecord, (world.installation_id, ana)).deleted_at is not None
    assert look_in_bin(org) == 0

    world.sandbox.clock.advance(60)
    world.restore("Contact", ana)
    poll_people(org)

    with world.database.reading() as session:
        row = session.get_one(SalesforceRecord, (world.installation_id, ana))
        assert (row.deleted_at, row.gone_at) == (None, None)


def test_out_of_the_bin_is_erased_with_all_they_were_known_as(world: World, campaign: str) -> None:
    person, place = world.add("Contact", LastName="N"), world.add("Campaign", Name="Spring")
    member = enrolled(world, "campaign_member", CampaignId=place, ContactId=person)
    org = world.org()
    look_at_newcomers(org)
    poll_people(org)
    mine = recipient(world, member)
    assert mine is not None
    with world.database.transaction() as session:
        issue_many(session, campaign, [mine.id], keyring=Keyring(world.database, world.vault))
        visit = make_visit(session, world.vault, summary={"coverage_s": 38.0})
        visit.recipient_id = mine.id
        session.add(
            SalesforceVisit(installation_id=world.installation_id, visit_id=visit.id, folded={"video": "Spring"})
        )
    world.sandbox.clock.advance(60)
    world.delete("Contact", person)
    poll_people(org)
    with world.sandbox.org.lock:
        purge(world.sandbox.org, world.sandbox.org.schema.kind("Contact"), person)  # type: ignore[arg-type]

    assert look_in_bin(org) == 1

    assert held(world, member) == held(world, person) == {ERASED}
    with world.database.reading() as session:
        theirs = session.scalars(select(Link).where(Link.recipient_id == mine.id)).all()
        assert [link.revoked_at is not None for link in theirs] == [True]
        assert session.scalars(select(SalesforceRecord.record_id)).all() == []
        assert session.scalars(select(SalesforceVisit)).all() == []
        assert session.scalars(select(Visit.summary)).all() == [{}]
    assert look_in_bin(org) == 0


@SQLITE
def test_what_is_only_hidden_from_us_is_nobodys_erasure(world: World) -> None:
    ana = enrolled(world)
    org = world.org()
    poll_people(org)
    world.crm().deliver(about(ana))
    world.sandbox.org.switches.private = {"Contact"}
    world.sandbox.org.schema.of(world.sandbox.org.integration_id).sees_all = False
    world.sandbox.org.schema.changed()
    with pytest.raises(Exception, match="no longer"):
        world.crm().read(ref(world, ana), ["contact.FirstName"], timeout_s=5)

    assert look_in_bin(org) == 0
    assert held(world, ana) == set()


def test_merged_the_one_who_is_left_has_the_recipient_and_what_nobody_may_tell(world: World) -> None:
    loser, winner = enrolled(world, HasOptedOutOfEmail=True), world.add("Contact", LastName="W")
    org = world.org()
    poll_people(org)
    before = recipient(world, loser)
    assert before is not None
    world.sandbox.clock.advance(60)
    merge(world.sandbox.org, winner, [loser])

    poll_people(org)

    now = recipient(world, winner)
    assert now is not None
    assert now.id == before.id
    assert recipient(world, loser) is None
    # By the CRM's own word the survivor wants mail.
    assert held(world, winner) in (set(), {OPTED_OUT})
    poll_people(org)
    world.crm().read(ref(world, winner), ["contact.FirstName"], timeout_s=5)
    assert held(world, winner) == set()


@SQLITE
def test_two_who_both_had_links_go_on_both_and_are_told_of_in_one_place(world: World) -> None:
    loser, winner = enrolled(world), enrolled(world)
    org = world.org()
    poll_people(org)
    world.sandbox.clock.advance(60)
    merge(world.sandbox.org, winner, [loser])

    poll_people(org)
    world.crm().deliver(about(loser))

    assert recipient(world, loser) is not None
    assert recipient(world, winner) is not None
    assert row_of(world)["Contact__c"] == winner


@SQLITE
def test_a_converted_lead_is_read_as_the_contact_and_opts_out_with_it(world: World) -> None:
    lead = enrolled(world, "lead")
    org = world.org()
    poll_people(org)
    world.sandbox.clock.advance(60)
    contact = convert(world.sandbox.org, lead).contact_id
    poll_people(org)
    world.sandbox.clock.advance(60)
    world.change("Contact", contact, HasOptedOutOfEmail=True)

    poll_people(org)

    assert held(world, lead) == {OPTED_OUT}


@SQLITE
def test_looked_at_twice_each_change_is_dealt_with_once(world: World) -> None:
    enrolled(world)
    org = world.org()
    poll_people(org)
    poll_people(org)
    world.sandbox.counts.reset()

    assert poll_people(org) == 0
    assert world.calls() == 2


@SQLITE
def test_a_field_our_user_may_not_see_is_said_and_the_rest_is_followed(world: World) -> None:
    ana, lead = enrolled(world), enrolled(world, "lead")
    poll_people(world.org())
    world.sandbox.org.schema.of(world.sandbox.org.integration_id).hidden = {"Contact.HasOptedOutOfEmail"}
    world.sandbox.org.schema.changed()
    world.sandbox.clock.advance(60)
    world.delete("Contact", ana)
    world.change("Lead", lead, HasOptedOutOfEmail=True)

    poll_people(world.org())

    assert held(world, lead) == {OPTED_OUT}
    assert "HasOptedOutOfEmail" in world.org().config.hidden["contacts"]
