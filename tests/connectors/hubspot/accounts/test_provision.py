"""Setting a portal up and taking it all away: as often as one likes, cut short anywhere, touching nobody else's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from connectors.hubspot.accounts import made
from connectors.hubspot.accounts.assets import EVENTS, GROUP, PROPERTIES
from connectors.hubspot.accounts.plan import Fate, plan
from connectors.hubspot.accounts.provision import apply, ensure_link_property
from connectors.hubspot.accounts.uninstall import Removal, uninstall, uninstall_plan
from connectors.hubspot.api.errors import Disconnected, HubSpotError
from connectors.hubspot.sandbox import properties
from tests.connectors.hubspot.world import World, connected
from tests.make import make_campaign

# Some dozens of calls each: what differs by database is tested with connecting.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def world(database, vault):
    with connected(database, vault) as made_world:
        with database.transaction() as session:
            make_campaign(session, slug="spring-sale", installation_id=made_world.installation_id, published_version=1)
            make_campaign(session, slug="draft", installation_id=made_world.installation_id)
        yield made_world


def definitions(world: World) -> dict[str, dict]:
    found = world.account.contacts.definitions
    return {name: each.facts for name, each in found.items() if name.startswith("segue") and not each.facts["archived"]}


def fates(items) -> Counter[str]:
    return Counter(str(item.fate) for item in items)


def test_the_plan_changes_nothing_and_the_deed_does_what_the_plan_said(world):
    planned = plan(world.portal)
    assert definitions(world) == {}

    done = apply(world.portal)

    assert [(item.kind, item.name) for item in done] == [(item.kind, item.name) for item in planned]
    assert {item.name for item in planned if item.fate == Fate.MAKE} == {
        item.name for item in done if item.fate == Fate.MADE
    }
    assert set(definitions(world)) == {each.name for each in PROPERTIES} | {"segue_link_spring_sale"}
    assert {each["groupName"] for each in definitions(world).values()} == {GROUP}
    assert set(world.portal.config.events) == {event.name for event in EVENTS}
    assert world.portal.config.timeline == "custom_events"


def test_done_again_it_makes_nothing(world):
    apply(world.portal)
    world.sandbox.counts.reset()

    again = apply(world.portal)

    assert fates(again)["made"] == fates(again)["failed"] == 0
    assert world.sandbox.counts.total("POST", "/crm/properties") == 0


def test_a_campaign_published_later_gets_its_property_and_nothing_else_changes(world, database):
    apply(world.portal)
    with database.transaction() as session:
        make_campaign(session, slug="autumn", installation_id=world.installation_id, published_version=1)

    done = apply(world.portal)

    assert [item.name for item in done if item.fate == Fate.MADE] == ["segue_link_autumn"]


def test_what_is_in_the_way_is_named_and_left_alone_and_the_rest_is_made(world):
    portal = world.portal
    body = {
        "name": "segue_score",
        "label": "Ours!",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    portal.api.call("POST", "/crm/properties/2026-09/contacts", body=body)

    done = {item.name: item for item in apply(portal)}

    assert done["segue_score"].fate == Fate.CLASHES
    assert "holds string, not number" in done["segue_score"].why
    assert definitions(world)["segue_score"]["label"] == "Ours!"
    assert done["segue_link"].fate == Fate.MADE
    assert not done["segue_score"].ours


def test_what_was_there_and_fits_is_used_but_never_removed(world):
    portal = world.portal
    body = {
        "name": "segue_link",
        "label": "Mine",
        "type": "string",
        "fieldType": "textarea",
        "groupName": "contactinformation",
    }
    portal.api.call("POST", "/crm/properties/2026-09/contacts", body=body)

    done = {item.name: item for item in apply(portal)}
    uninstall(portal)

    assert (done["segue_link"].fate, done["segue_link"].ours) == (Fate.FITS, False)
    assert set(definitions(world)) == {"segue_link"}


@pytest.mark.parametrize("calls", [0, 1, 7, 15])
def test_cut_short_after_any_call_it_goes_on_and_knows_all_it_made_as_its_own(world, calls):
    portal = world.portal

    class Cut(Exception):
        pass

    class Api:
        left = calls

        def read(self, method, *words, **more):
            answer = portal.api.read(method, *words, **more)
            if method == "GET":
                return answer
            if self.left == 0:
                # Made at HubSpot; we die before we hear of it.
                raise Cut
            self.left -= 1
            return answer

    with pytest.raises(Cut):
        apply(replace(portal, api=Api()))
    done = apply(portal)
    uninstall(portal)

    assert fates(done)["clashes"] == fates(done)["failed"] == 0
    assert all(item.ours for item in done if item.fate in (Fate.MADE, Fate.FITS))
    assert definitions(world) == {}


@pytest.mark.parametrize("fault", ["502", "timeout_after_commit"])
def test_trouble_on_the_way_is_got_over(world, fault):
    world.sandbox.faults.add(fault, path="/crm/properties/*", method="POST", times=2)

    done = apply(world.portal)

    assert fates(done)["failed"] == fates(done)["clashes"] == 0
    assert len(made.ours(world.portal)) == len(PROPERTIES) + 1 + 1 + len(EVENTS)


def test_what_hubspot_refuses_is_said_and_made_another_time(world, monkeypatch):
    portal = world.portal
    monkeypatch.setattr(properties, "_CUSTOM", 6)
    first = apply(portal)
    monkeypatch.setattr(properties, "_CUSTOM", 1000)
    second = apply(portal)

    assert fates(first)["failed"] == fates(second)["made"] > 0
    assert all("HubSpot refused it" in item.why for item in first if item.fate == Fate.FAILED)
    assert {"segue_link_spring_sale", "segue_link"} <= {item.name for item in first if item.fate == Fate.MADE}


def test_a_withdrawn_token_ends_it_and_leaves_nothing_claimed_that_was_not_made(world):
    world.sandbox.faults.add("revoked", path="/crm/properties/*", method="POST")

    with pytest.raises(Disconnected):
        apply(world.portal)

    assert made.ours(world.portal) == set()


def test_two_at_once_make_each_thing_once_and_all_of_it_is_ours(world):
    portal, other = world.portal, world.portal
    real = portal.api

    class Api:
        """Whatever it is about to make, somebody else of ours has just made."""

        done = False

        def read(self, method, *words, **more):
            if method == "POST" and not self.done:
                self.done = True
                apply(other)
            return real.read(method, *words, **more)

    done = apply(replace(portal, api=Api()))

    assert fates(done)["clashes"] == fates(done)["failed"] == 0
    assert len(made.ours(portal)) == len(PROPERTIES) + 1 + 1 + len(EVENTS)


def test_uninstalling_lists_first_with_what_is_lost_then_removes_only_ours(world):
    apply(world.portal)
    contact = world.make("contacts", email="ana@example.com", segue_score="72")
    before = set(world.account.contacts.definitions) - set(definitions(world))

    planned = {each.name: each for each in uninstall_plan(world.portal)}
    assert planned["segue_score"].holds == 1
    assert planned["segue_link"].holds == 0
    assert len(definitions(world)) == len(PROPERTIES) + 1

    done = uninstall(world.portal)

    assert {each.fate for each in done} == {Removal.REMOVED}
    assert definitions(world) == {}
    assert GROUP not in world.account.groups["contacts"]
    assert {name for name, each in world.account.contacts.definitions.items() if not each.facts["archived"]} == before
    assert world.account.contact(contact) is not None
    assert (world.portal.config.events, world.portal.config.timeline) == ({}, "none")
    assert uninstall_plan(world.portal) == ()


def test_a_group_with_somebody_elses_property_stays_and_says_why(world):
    portal = world.portal
    apply(portal)
    body = {"name": "mine", "label": "Mine", "type": "string", "fieldType": "text", "groupName": GROUP}
    portal.api.call("POST", "/crm/properties/2026-09/contacts", body=body)

    done = {each.name: each for each in uninstall(portal)}

    assert done[GROUP].fate == Removal.KEPT
    assert "mine" in done[GROUP].why
    assert {each.name for each in uninstall_plan(portal)} == {GROUP}


def test_what_the_admin_deleted_before_is_gone_and_no_trouble(world):
    portal = world.portal
    apply(portal)
    portal.api.call("DELETE", "/crm/properties/2026-09/contacts/segue_score")

    planned = {each.name: each.fate for each in uninstall_plan(portal)}
    uninstall(portal)

    assert planned["segue_score"] == Removal.GONE
    assert uninstall_plan(portal) == ()


def test_set_up_again_after_uninstalling_it_is_as_before(world):
    apply(world.portal)
    before = set(definitions(world))
    uninstall(world.portal)

    apply(world.portal)

    assert set(definitions(world)) == before


def test_a_campaigns_link_property_is_made_at_need_and_then_costs_nothing(world):
    portal = world.portal

    assert ensure_link_property(portal, "spring-sale") == "segue_link_spring_sale"
    world.sandbox.counts.reset()
    ensure_link_property(portal, "spring-sale")

    assert world.calls() == 0
    assert {"segue_link", "segue_link_spring_sale"} <= set(definitions(world))
    assert {each.name for each in uninstall_plan(portal)} == {GROUP, "segue_link", "segue_link_spring_sale"}


def test_a_link_property_that_was_deleted_is_made_again_when_looked_for(world):
    portal = world.portal
    name = ensure_link_property(portal, "spring-sale")
    portal.api.call("DELETE", f"/crm/properties/2026-09/contacts/{name}")

    ensure_link_property(portal, "spring-sale", look=True)

    assert name in definitions(world)


def test_a_link_property_of_another_type_is_refused_in_words(world):
    portal = world.portal
    body = {
        "name": "segue_link_spring_sale",
        "label": "x",
        "type": "number",
        "fieldType": "number",
        "groupName": "contactinformation",
    }
    portal.api.call("POST", "/crm/properties/2026-09/contacts", body=body)

    with pytest.raises(HubSpotError, match=r"segue_link_spring_sale can't be used: .* holds number"):
        ensure_link_property(portal, "spring-sale")


def test_videos_are_registered_where_media_bridge_is_granted(database, vault):
    with connected(database, vault, auth="oauth") as world:
        first = {item.kind: item for item in apply(world.portal)}["media_type"]
        second = {item.kind: item for item in apply(world.portal)}["media_type"]

        assert (first.fate, second.fate) == (Fate.MADE, Fate.FITS)
        assert {each.kind: each.fate for each in uninstall(world.portal)}["media_type"] == Removal.KEPT


def test_on_a_free_account_events_are_skipped_with_what_they_take(database, vault):
    with connected(database, vault, tier="free") as world:
        skipped = [item for item in plan(world.portal) if item.fate == Fate.SKIPPED]

        assert {item.kind for item in skipped} == {"event_definition", "media_type"}
        assert all("Enterprise" in item.why for item in skipped if item.kind == "event_definition")
