"""A contact as it is now: how few trips it takes, and what becomes of merged, deleted, late and unwell ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier, Lock
from typing import Any

import pytest
from sqlalchemy import select

from connectors.hubspot.models import HubSpotContact
from connectors.hubspot.read.live import read
from connectors.hubspot.read.warm import warm
from connectors.hubspot.sandbox import write
from plugin.privacy.suppress import BOUNCED, OPTED_OUT, pseudonym_of, reasons, suppress
from plugin.recipients.ports import ProfileUnavailable, RecordGone
from tests.connectors.hubspot.world import World, connected

ALL = ("contact.firstname", "contact.tier", "company.name", "deal.dealname", "deal.amount")
BUDGET_S = 5.0


@pytest.fixture
def world(database, vault):
    with connected(database, vault) as made:
        yield made


@pytest.fixture
def ana(world: World) -> str:
    """A contact with a company and two deals."""
    contact = world.make("contacts", firstname="Ana 🦊", tier="gold", points="1250.5", next_trip="2027-02-14")
    company = world.make("companies", name="Café Ñandú")
    world.bind("contacts", contact, "companies", world.make("companies", name="Old Ltd"))
    world.bind("contacts", contact, "companies", company, primary=True)
    for name, stage, amount in (("Retreat", "qualifiedtobuy", "12000"), ("Won", "closedwon", "48500.75")):
        deal = world.make("deals", dealname=name, dealstage=stage, amount=amount, closedate="2026-10-01T00:00:00Z")
        world.bind("deals", deal, "contacts", contact)
    return contact


class Trips:
    """An API whose calls wait for each other: of each trip, all must be under way before any is made.

    A call that doesn't come while the others of its trip wait breaks the test, so sizes say how many trips it takes.
    """

    def __init__(self, api: Any, sizes: Sequence[int]) -> None:
        self._api, self._lock = api, Lock()
        self._places = [place for size in sizes for place in [Barrier(size)] * size]
        self.paths: list[str] = []

    def reserve(self, calls: int, *, patience_s: float) -> None:
        self._api.reserve(calls, patience_s=patience_s)

    def read(self, method: str, path: str, **more: Any) -> Any:
        with self._lock:
            place = self._places[len(self.paths)]
            self.paths.append(path.rpartition("2026-09/")[2])
        place.wait(10)
        return self._api.read(method, path, **more)


def in_trips(world: World, contact: str, *sizes: int) -> tuple[dict[str, Any], list[str]]:
    """Read all of a contact in trips of just so many calls; the values, and the paths in the order of their trips."""
    portal = world.portal
    trips = Trips(portal.api, sizes)
    found = read(replace(portal, api=trips), world.ref(contact), ALL, timeout_s=BUDGET_S)
    assert len(trips.paths) == sum(sizes)
    return dict(found.values), trips.paths


def test_only_what_is_named_is_asked_for_and_everything_is_text(world: World, ana: str):
    seen = []
    world.sandbox.counts.recorders.append(seen.append)

    record = read(world.portal, world.ref(ana), ["contact.points", "contact.next_trip", "contact.phone"], timeout_s=5)

    assert record.values == {"contact.points": "1250.5", "contact.next_trip": "2027-02-14"}
    assert len(seen) == 1
    assert "associations" not in seen[0].target
    assert "firstname" not in seen[0].target


def test_the_first_read_takes_two_trips_and_every_later_one_a_single(world: World, ana: str):
    expected = {
        "contact.firstname": "Ana 🦊",
        "contact.tier": "gold",
        "company.name": "Café Ñandú",
        "deal.dealname": "Retreat",
        "deal.amount": "12000",
    }

    first, _ = in_trips(world, ana, 1, 2)
    second, _ = in_trips(world, ana, 3)

    assert first == second == expected


def test_warmed_when_links_are_made_the_very_first_read_takes_one_trip(world: World, ana: str):
    other = world.make("contacts", firstname="Ben")
    warm(world.portal, [ana, other], ALL)

    values, _ = in_trips(world, ana, 3)

    assert values["company.name"] == "Café Ñandú"
    assert in_trips(world, other, 1)[0] == {"contact.firstname": "Ben"}


def test_a_new_company_or_deal_is_seen_in_one_trip_more_and_then_known(world: World, ana: str):
    read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)
    world.bind("contacts", ana, "companies", world.make("companies", name="New Ltd"), primary=True)
    deal = world.make("deals", dealname="Newer", dealstage="qualifiedtobuy", amount="1")
    world.bind("deals", deal, "contacts", ana)

    changed, _ = in_trips(world, ana, 3, 2)
    after, _ = in_trips(world, ana, 3)

    assert (changed["company.name"], changed["deal.dealname"]) == ("New Ltd", "Newer")
    assert after == changed


def test_who_left_their_company_has_none_at_once(world: World, ana: str):
    read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)
    for company in world.account.stores["companies"].records:
        world.account.associations.remove(("contacts", ana), ("companies", company))

    values, _ = in_trips(world, ana, 3)

    assert "company.name" not in values
    assert values["deal.dealname"] == "Retreat"


def test_nothing_that_was_read_is_kept_but_ids(world: World, ana: str, database):
    read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)

    with database.reading() as session:
        kept = session.scalars(select(HubSpotContact)).one()
    assert all(each.isdigit() for each in [kept.company_id, *kept.deal_ids])
    assert (kept.folded, len(kept.deal_ids)) == ({}, 2)


@pytest.mark.parametrize("makes_new_id", [False, True])
def test_a_merged_contact_is_read_as_whom_it_was_merged_into_and_found_at_once_after(
    world: World, ana: str, makes_new_id: bool
):
    other = world.make("contacts", firstname="Anna", tier="silver")
    world.account.merge_makes_new_id = makes_new_id
    store = world.account.contacts
    survivor = write.merge(world.account, store, store.records[other], store.records[ana]).id

    first, _ = in_trips(world, ana, 1, 2)
    after, paths = in_trips(world, ana, 3)

    assert first["contact.firstname"] == "Anna"
    assert first["company.name"] == "Café Ñandú"
    assert after == first
    assert f"contacts/{survivor}" in paths


def test_a_deleted_contact_is_gone_and_back_when_restored(world: World, ana: str):
    write.archive(world.account, world.account.contacts, world.account.contacts.records[ana])
    with pytest.raises(RecordGone):
        read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)
    world.account.contacts.records[ana].archived_at = None

    assert read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S).values["contact.tier"] == "gold"


def test_a_contact_that_never_was_is_gone(world: World):
    with pytest.raises(RecordGone):
        read(world.portal, world.ref("999999"), ["contact.firstname"], timeout_s=BUDGET_S)


def test_a_company_that_was_deleted_is_as_if_there_were_none(world: World, ana: str):
    read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)
    store = world.account.stores["companies"]
    for record in list(store.live()):
        write.archive(world.account, store, record)

    values = read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S).values

    assert "company.name" not in values
    assert values["contact.tier"] == "gold"


@pytest.mark.parametrize("fault", ["500", "cut", "bad_json"])
def test_one_bad_answer_is_got_over_within_the_budget(world: World, ana: str, fault: str):
    world.sandbox.faults.add(fault, path="/crm/objects/*", times=1)

    assert read(world.portal, world.ref(ana), ["contact.tier"], timeout_s=BUDGET_S).values == {"contact.tier": "gold"}


@pytest.mark.parametrize(
    ("fault", "path"),
    [("503", "*contacts/*"), ("503", "*companies/*"), ("429", "*deals/batch/*"), ("revoked", "*contacts/*")],
)
def test_when_any_of_it_can_not_be_had_in_time_the_stand_in_is_asked_for(world: World, ana: str, fault: str, path: str):
    read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)
    world.sandbox.faults.add(fault, path=path)

    with pytest.raises(ProfileUnavailable):
        read(world.portal, world.ref(ana), ALL, timeout_s=0.4)


def test_a_late_answer_ends_with_the_budget(world: World, ana: str):
    world.sandbox.faults.add("slow", slow_ms=1_000)

    with pytest.raises(ProfileUnavailable, match="does not answer in time"):
        read(world.portal, world.ref(ana), ["contact.tier"], timeout_s=0.2)


def test_what_no_scope_reaches_is_not_asked_for_and_the_rest_is_read(database, vault):
    scopes = {"oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"}
    with connected(database, vault, scopes=scopes) as world:
        contact = world.make("contacts", firstname="Ana")
        world.bind("contacts", contact, "companies", world.make("companies", name="X"), primary=True)
        world.sandbox.counts.reset()

        values = read(world.portal, world.ref(contact), ALL, timeout_s=BUDGET_S).values

        assert values == {"contact.firstname": "Ana"}
        assert world.calls() == 1


def test_a_scope_withdrawn_since_the_last_probe_costs_its_fields_alone(world: World, ana: str):
    read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S)
    world.app.scopes = world.app.scopes - {"crm.objects.deals.read"}

    values = read(world.portal, world.ref(ana), ALL, timeout_s=BUDGET_S).values

    assert values["company.name"] == "Café Ñandú"
    assert "deal.amount" not in values


def standing(world: World, contact: str) -> frozenset[str]:
    with world.database.reading() as session:
        return reasons(session, pseudonym_of(world.vault, world.ref(contact)))


def test_an_opt_out_seen_at_an_open_holds_from_then_on_and_ends_with_hubspots_word(world: World, ana: str):
    world.set_by_hubspot(ana, hs_email_optout="true")
    world.sandbox.counts.reset()

    values = read(world.portal, world.ref(ana), ["contact.tier"], timeout_s=BUDGET_S).values

    assert values == {"contact.tier": "gold"}
    assert world.calls() == 1
    assert standing(world, ana) == {OPTED_OUT}

    world.set_by_hubspot(ana, hs_email_optout="false")
    read(world.portal, world.ref(ana), ["contact.tier"], timeout_s=BUDGET_S)
    assert standing(world, ana) == frozenset()


def test_a_bounce_is_seen_too_and_neither_undoes_what_the_person_asked_of_us(world: World, ana: str, database):
    world.set_by_hubspot(ana, hs_email_hard_bounce_reason_enum="UNKNOWN_USER")
    with database.transaction() as session:
        suppress(session, pseudonym_of(world.vault, world.ref(ana)), "stop")

    read(world.portal, world.ref(ana), ["contact.tier"], timeout_s=BUDGET_S)
    assert standing(world, ana) == {BOUNCED, "stop"}

    world.set_by_hubspot(ana, hs_email_hard_bounce_reason_enum="")
    read(world.portal, world.ref(ana), ["contact.tier"], timeout_s=BUDGET_S)
    assert standing(world, ana) == {"stop"}
