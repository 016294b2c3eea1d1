"""Opportunities of the people who got links, as they last stood; nobody else's, none twice, and gone when they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from connectors.salesforce.accounts.probe import probe
from connectors.salesforce.outcomes import changed
from connectors.salesforce.outcomes.chores import look_at_newcomers
from connectors.salesforce.outcomes.deals import poll_deals, told_of
from connectors.salesforce.outcomes.people import poll_people
from connectors.salesforce.sandbox.api import query
from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.merge import merge
from plugin.recipients.enrol import enrol
from plugin.recipients.models import Outcome, OutcomePerson
from plugin.recipients.ports import ExternalRef
from tests.connectors.salesforce.world import World

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""


def enrolled(world: World, kind: str = "contact", **fields: Any) -> str:
    names = {"contact": "Contact", "lead": "Lead", "campaign_member": "CampaignMember"}
    given = {"contact": {"LastName": "N"}, "lead": {"LastName": "N", "Company": "M"}}.get(kind, {})
    record = world.add(names[kind], **{**given, **fields})
    with world.database.transaction() as session:
        enrol(session, ExternalRef(world.installation_id, kind, record))
    return record


def deal_of(world: World, *contacts: str, **fields: Any) -> str:
    given = {"Name": "Retreat", "StageName": "Prospecting", "CloseDate": "2026-12-01", **fields}
    deal = world.add("Opportunity", **given)
    for contact in contacts:
        world.add("OpportunityContactRole", OpportunityId=deal, ContactId=contact)
    return deal


def kept(world: World) -> dict[str, Outcome]:
    with world.database.reading() as session:
        return {each.external_id: each for each in session.scalars(select(Outcome))}


def people(world: World) -> set[tuple[str, str]]:
    with world.database.reading() as session:
        return {(each.external_id, each.person_id) for each in session.scalars(select(OutcomePerson))}


def test_a_recipients_deal_is_kept_to_the_cent_without_its_name(world: World) -> None:
    ana = enrolled(world)
    deal = deal_of(world, ana, Amount=48500.75, StageName="Closed Won")
    deal_of(world, world.add("Contact", LastName="Nobody"), Amount=1)

    assert poll_deals(world.org()) == 1

    (found,) = kept(world).values()
    assert (found.external_id, found.stage, found.state) == (deal, "Closed Won", "won")
    assert (found.amount, found.currency) == ("48500.75", None)
    assert found.closed_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert people(world) == {(deal, ana)}
    assert not any("Retreat" in str(value) for value in vars(found).values())


@SQLITE
def test_looked_at_again_nothing_is_read_twice_and_a_change_is_taken_over(world: World) -> None:
    ana = enrolled(world)
    deal = deal_of(world, ana, Amount=100)
    assert poll_deals(world.org()) == 1
    assert poll_deals(world.org()) == 0
    world.sandbox.clock.advance(60)
    world.change("Opportunity", deal, Amount=250, StageName="Closed Lost")

    assert poll_deals(world.org()) == 1

    (found,) = kept(world).values()
    assert (found.amount, found.state) == ("250.0", "lost")


@SQLITE
def test_whom_it_concerns_may_change_without_it(world: World) -> None:
    ana, ben = enrolled(world), enrolled(world)
    deal = deal_of(world, ana)
    poll_deals(world.org())
    world.sandbox.clock.advance(60)
    world.add("OpportunityContactRole", OpportunityId=deal, ContactId=ben)
    world.delete("OpportunityContactRole", str(world.rows("OpportunityContactRole", ContactId=ana)[0]["Id"]))

    poll_deals(world.org())

    assert people(world) == {(deal, ben)}


def test_a_deal_that_is_deleted_counts_no_more_and_one_restored_does_again(world: World) -> None:
    deal = deal_of(world, enrolled(world), Amount=10)
    poll_deals(world.org())
    world.sandbox.clock.advance(60)
    world.delete("Opportunity", deal)
    poll_deals(world.org())
    assert kept(world) == {}
    assert people(world) == set()

    world.sandbox.clock.advance(60)
    world.restore("Opportunity", deal)
    poll_deals(world.org())

    assert set(kept(world)) == {deal}


@SQLITE
@pytest.mark.parametrize("on", [True, False])
def test_a_currency_is_asked_for_only_where_there_are_several(world: World, on: bool) -> None:
    world.sandbox.org.turn(multi_currency=on)
    probe(world.org())
    deal_of(world, enrolled(world), Amount=10, **({"CurrencyIsoCode": "EUR"} if on else {}))

    poll_deals(world.org())

    assert [each.currency for each in kept(world).values()] == ["EUR" if on else None]


@SQLITE
@pytest.mark.parametrize("on", [True, False])
def test_whom_a_campaign_influenced_counts_only_where_that_is_on(world: World, on: bool) -> None:
    world.sandbox.org.turn(campaign_influence=on)
    probe(world.org())
    ana, deal = enrolled(world), deal_of(world)
    if on:
        campaign = world.add("Campaign", Name="Spring")
        world.add("CampaignInfluence", OpportunityId=deal, CampaignId=campaign, ContactId=ana)
    world.sandbox.counts.reset()

    poll_deals(world.org())

    assert people(world) == ({(deal, ana)} if on else set())
    assert world.calls() == (4 if on else 2)


def test_a_deal_is_everyones_the_person_is_known_as(world: World) -> None:
    """As lead before, as campaign member, before a merge."""
    org, campaign, lead = world.org(), world.add("Campaign", Name="Spring"), enrolled(world, "lead")
    poll_people(org)
    world.sandbox.clock.advance(60)
    contact = convert(world.sandbox.org, lead, with_deal=False).contact_id
    member = enrolled(world, "campaign_member", CampaignId=campaign, ContactId=contact)
    before = enrolled(world)
    merge(world.sandbox.org, contact, [before])
    poll_people(org)
    look_at_newcomers(org)

    deal = deal_of(world, contact)
    poll_deals(org)

    # The merged contact's recipient is the survivor's by now.
    assert people(world) == {(deal, contact), (deal, lead), (deal, member)}


@SQLITE
def test_all_of_many_are_kept_in_pages_and_trouble_half_way_loses_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "PAGE", 5)
    ana = enrolled(world)
    deals = {deal_of(world, ana, Amount=number) for number in range(23)}
    world.sandbox.faults.add("limit_concurrent", path="*/queryAll/01g*", times=1)
    with pytest.raises(Exception, match="too many long calls"):
        poll_deals(world.org())
    assert 0 < len(kept(world)) < 23

    poll_deals(world.org())

    assert set(kept(world)) == deals


@SQLITE
def test_a_walk_ends_some_time_and_goes_on_in_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PAGE", 5)
    monkeypatch.setattr(changed, "MOST_PAGES", 2)
    ana = enrolled(world)
    deals = set()
    for number in range(23):
        deals.add(deal_of(world, ana, Amount=number))
        world.sandbox.clock.advance(600)
    world.clock = lambda: datetime.fromtimestamp(world.sandbox.clock(), UTC) + timedelta(hours=1)

    for _ in range(4):
        poll_deals(world.org())

    assert set(kept(world)) == deals


@SQLITE
def test_one_that_shows_itself_later_than_it_is_stamped_is_found(world: World) -> None:
    ana = enrolled(world)
    world.clock = lambda: datetime.fromtimestamp(world.sandbox.clock(), UTC)
    org = world.org()
    poll_deals(org)
    late = deal_of(world, ana)
    # Its transaction began before the last look, and ended after.
    stamp = datetime.fromtimestamp(world.sandbox.clock(), UTC).replace(microsecond=0) - timedelta(minutes=4)
    for kind, record in (("Opportunity", late), ("OpportunityContactRole", None)):
        for row in world.sandbox.org.table(kind).rows.values():
            if record in (None, row["Id"]):
                row["SystemModstamp"] = stamp
    world.sandbox.clock.advance(60)

    poll_deals(org)

    assert set(kept(world)) == {late}


@SQLITE
def test_a_clock_of_ours_that_is_ahead_of_the_orgs_passes_over_nothing(world: World) -> None:
    ana = enrolled(world)
    world.clock = lambda: datetime.fromtimestamp(world.sandbox.clock(), UTC) + timedelta(minutes=20)
    org = world.org()
    poll_deals(org)
    world.sandbox.clock.advance(60)
    deal = deal_of(world, ana)

    poll_deals(org)

    assert set(kept(world)) == {deal}


@SQLITE
def test_what_the_org_does_not_show_is_said_and_the_rest_goes_on(world: World) -> None:
    ana, deal = enrolled(world), deal_of(world)
    world.add("OpportunityContactRole", OpportunityId=deal, ContactId=ana)
    access = world.sandbox.org.schema.of(world.sandbox.org.integration_id)
    access.hidden = {"Opportunity.Amount"}
    world.sandbox.org.schema.changed()

    assert poll_deals(world.org()) == 0

    assert "Amount" in world.org().config.hidden["opportunities"]
    words = [finding.words for finding in probe(world.org()).findings if not finding.fine]
    assert any(each.startswith("Opportunities can't be followed.") for each in words)
    access.hidden = set()
    world.sandbox.org.schema.changed()
    assert poll_deals(world.org()) == 1
    assert world.org().config.hidden == {}


@SQLITE
def test_an_org_without_the_object_is_told_so(world: World) -> None:
    world.sandbox.org.schema.of(world.sandbox.org.integration_id).objects = {"OpportunityContactRole": ""}
    world.sandbox.org.schema.changed()
    deal_of(world)

    poll_deals(world.org())

    assert set(world.org().config.hidden) == {"opportunities", "contact roles"}


@pytest.mark.parametrize(
    ("row", "amount", "currency", "state"),
    [
        ({"Amount": 12, "CurrencyIsoCode": "eur"}, Decimal(12), None, "open"),
        ({"Amount": float("nan"), "IsClosed": True}, None, None, "lost"),
        ({"Amount": "1,5", "IsClosed": True, "IsWon": True}, None, None, "won"),
        ({"Amount": -3.1, "CurrencyIsoCode": "USD"}, Decimal("-3.1"), "USD", "open"),
        ({"Amount": True, "CurrencyIsoCode": 7}, None, None, "open"),
    ],
)
def test_what_is_no_amount_or_currency_is_none(row: dict[str, Any], amount: Any, currency: Any, state: str) -> None:
    told = told_of({"Id": "006000000000001AAA", "SystemModstamp": "2026-11-21T12:00:00.000+0000", **row}, frozenset())

    assert told is not None
    assert (told.amount, told.currency, told.state) == (amount, currency, state)
    assert told_of({"Id": "006000000000001AAA", "Amount": 1}, frozenset()) is None
