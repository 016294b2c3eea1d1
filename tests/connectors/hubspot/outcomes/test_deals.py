"""Deals of the people who got links, as they last stood; nobody else's, and none twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from connectors.hubspot.inbound.effects import contacts_merged
from connectors.hubspot.outcomes import changed
from connectors.hubspot.outcomes.deals import poll_deals, told_of
from connectors.hubspot.sandbox import write
from plugin.recipients import outcomes
from plugin.recipients.enrol import enrol
from plugin.recipients.models import Outcome, OutcomePerson
from plugin.recipients.outcomes import Told
from tests.connectors.hubspot.world import World, connected
from tests.make import make_installation, make_recipient

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def world(database, vault):
    with connected(database, vault) as made:
        yield made


def enrolled(world: World, **values) -> str:
    contact = world.make("contacts", **values)
    with world.database.transaction() as session:
        enrol(session, world.ref(contact))
    return contact


def deal_of(world: World, *contacts: str, **values) -> str:
    deal = world.make("deals", **{"dealname": "Retreat", "dealstage": "qualifiedtobuy", **values})
    for contact in contacts:
        world.bind("deals", deal, "contacts", contact)
    return deal


def kept(world: World) -> dict[str, Outcome]:
    with world.database.reading() as session:
        return {each.external_id: each for each in session.scalars(select(Outcome))}


def people(world: World) -> set[tuple[str, str]]:
    with world.database.reading() as session:
        return {(each.external_id, each.person_id) for each in session.scalars(select(OutcomePerson))}


def test_a_recipients_deal_is_kept_to_the_cent_without_its_name(world: World):
    ana = enrolled(world, firstname="Ana")
    deal = deal_of(
        world,
        ana,
        amount="48500.75",
        deal_currency_code="EUR",
        dealstage="closedwon",
        closedate="2026-10-01T00:00:00Z",
    )

    assert poll_deals(world.portal) == 1

    (found,) = kept(world).values()
    assert (found.external_id, found.stage, found.state) == (deal, "closedwon", "won")
    assert (found.amount, found.currency) == ("48500.75", "EUR")
    assert found.closed_at == datetime(2026, 10, 1, tzinfo=UTC)
    assert people(world) == {(deal, ana)}
    assert not any("Retreat" in str(value) for value in vars(found).values())


def test_deals_of_people_who_got_no_link_are_not_kept(world: World):
    stranger = world.make("contacts", firstname="Ben")
    deal_of(world, stranger, amount="1")
    deal_of(world, amount="2")

    assert poll_deals(world.portal) == 0
    assert kept(world) == {}


def test_looked_at_again_it_is_there_once_and_a_change_is_taken_over(world: World):
    ana, ben = enrolled(world), enrolled(world)
    deal = deal_of(world, ana, amount="100")
    poll_deals(world.portal)
    poll_deals(world.portal)
    world.change("deals", deal, amount="250", dealstage="closedlost")
    world.bind("deals", deal, "contacts", ben)

    poll_deals(world.portal)

    (found,) = kept(world).values()
    assert (found.amount, found.state) == ("250", "lost")
    assert people(world) == {(deal, ana), (deal, ben)}


def test_a_clock_of_ours_that_is_ahead_of_hubspots_passes_over_nothing(world: World):
    ana = enrolled(world)
    ahead = replace(world.portal, clock=lambda: datetime.now(UTC) + timedelta(minutes=20))
    poll_deals(ahead)
    deal = deal_of(world, ana)

    poll_deals(ahead)

    assert set(kept(world)) == {deal}


def test_all_of_many_deals_changed_at_once_are_kept(world: World, monkeypatch):
    monkeypatch.setattr(changed, "PAGE", 5)
    ana = enrolled(world)
    deals = {deal_of(world, ana, amount=str(number)) for number in range(23)}

    poll_deals(world.portal)

    assert set(kept(world)) == deals


def test_without_the_scope_nothing_is_looked_at(database, vault):
    scopes = {"oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"}
    with connected(database, vault, scopes=scopes) as world:
        world.sandbox.counts.reset()

        assert poll_deals(world.portal) == 0
        assert world.calls() == 0


def test_trouble_half_way_loses_nothing(world: World, monkeypatch):
    monkeypatch.setattr(changed, "PAGE", 5)
    ana = enrolled(world)
    deals = {deal_of(world, ana, amount=str(number)) for number in range(12)}
    world.sandbox.faults.add("revoked", path="/crm/associations/*")
    with pytest.raises(Exception, match="token"):
        poll_deals(world.portal)
    world.sandbox.faults.clear()

    poll_deals(world.portal)

    assert set(kept(world)) == deals


def test_a_deal_of_someone_merged_since_is_theirs_still(world: World):
    old = enrolled(world)
    survivor = enrolled(world)
    store = world.account.contacts
    write.merge(world.account, store, store.records[survivor], store.records[old])
    contacts_merged(world.portal, survivor, [old])
    deal = deal_of(world, survivor)

    poll_deals(world.portal)

    assert people(world) == {(deal, survivor), (deal, old)}


def told(**changed) -> Told:
    given = {
        "kind": "deal",
        "external_id": "9",
        "stage": "s",
        "state": "open",
        "amount": Decimal("10.50"),
        "currency": "EUR",
        "closed_at": None,
        "modified_at": NOW,
        "people": frozenset({"501"}),
    }
    return Told(**{**given, **changed})


def test_an_older_word_never_replaces_a_newer(database):
    with database.transaction() as session:
        crm = make_installation(session).id
        make_recipient(session, crm, "501")
        outcomes.keep(session, crm, [told(state="won")])
        changed_ = outcomes.keep(session, crm, [told(state="open", modified_at=NOW - timedelta(seconds=1))])

    with database.reading() as session:
        assert changed_ == 0
        assert session.scalars(select(Outcome)).one().state == "won"


def test_an_outcome_that_concerns_nobody_of_ours_any_more_is_kept_up_to_date_with_no_one(database):
    with database.transaction() as session:
        crm = make_installation(session).id
        make_recipient(session, crm, "501")
        outcomes.keep(session, crm, [told()])
        outcomes.keep(session, crm, [told(state="lost", people=frozenset({"777"}))])

    with database.reading() as session:
        assert session.scalars(select(Outcome)).one().state == "lost"
        assert session.scalars(select(OutcomePerson)).all() == []


@pytest.mark.parametrize(
    ("properties", "amount", "currency", "state"),
    [
        ({"amount": "12e3", "deal_currency_code": "eur"}, Decimal("12000"), None, "open"),
        ({"amount": "NaN", "hs_is_closed": "true"}, None, None, "lost"),
        ({"amount": "1,5", "hs_is_closed": "true", "hs_is_closed_won": "true"}, None, None, "won"),
        ({"amount": "-3.10", "deal_currency_code": "USD"}, Decimal("-3.10"), "USD", "open"),
        ({"amount": "9" * 50}, None, None, "open"),
    ],
)
def test_what_is_no_amount_or_currency_is_none(properties, amount, currency, state):
    found = told_of("9", {"hs_lastmodifieddate": "2026-11-21T12:00:00Z", **properties}, frozenset())

    assert (found.amount, found.currency, found.state) == (amount, currency, state)


def test_a_deal_without_a_moment_of_change_is_left_out():
    assert told_of("9", {"amount": "1"}, frozenset()) is None
