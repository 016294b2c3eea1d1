"""From nothing to a connected, set-up, checked account, and away again: each screen says how it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from connectors.hubspot.accounts.config import PortalConfig, change_config
from connectors.hubspot.models import HubSpotAsset
from connectors.hubspot.sandbox.faults import Fault
from connectors.hubspot.sandbox.listing import make_list
from connectors.runs.models import LinkRun
from plugin.accounts.credentials import is_connected
from plugin.accounts.models import Installation
from plugin.campaigns.find import find_campaign
from plugin.kernel.database import Database
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery, DeliveryStatus
from tests.connectors.hubspot.world import World
from tests.make import make_installation
from tests.web.crm.conftest import Browser

NEW = "/connections/hubspot/new"


def at(world: World, path: str = "") -> str:
    return f"/connections/{world.installation_id}{path}"


def config(world: World) -> PortalConfig:
    return world.portal.config


def live(world: World) -> set[str]:
    """Contact properties there are, the archive left aside."""
    return {name for name, each in world.account.contacts.definitions.items() if not each.facts["archived"]}


def test_a_server_without_an_account_says_how_to_begin(make_app, database: Database) -> None:
    page = Browser(make_app().test_client()).get("/connections").text

    assert "No CRM account yet" in page
    assert NEW in page


def test_every_account_is_listed_with_how_it_stands(browser: Browser, world: World) -> None:
    with world.database.transaction() as session:
        make_installation(session, connector="local", account="demo", label="Our own CRM")
        make_installation(session, connector="salesforce", account="00D1", label="Sales org")
        make_installation(session, connector="hubspot", account="999", label="HubSpot 999")

    page = browser.get("/connections").text

    for words in (f"HubSpot {world.account.id}", "Our own CRM", "Sales org", "HubSpot 999", "Not connected"):
        assert words in page


def test_each_scope_stands_with_its_reason_before_anything_is_asked(browser: Browser) -> None:
    page = browser.get(NEW).text

    for words in ("crm.objects.contacts.write", "one note a visit", "media_bridge.write", "Go to HubSpot"):
        assert words in page


def test_a_server_without_an_oauth_app_says_which_settings_are_missing(make_app, world: World) -> None:
    app: Flask = make_app(world, hubspot_client_id="")

    page = Browser(app.test_client()).get(NEW).text

    assert "SEGUE_HUBSPOT_CLIENT_ID" in page
    assert "Go to HubSpot" not in page


def test_a_pasted_token_connects_and_is_never_shown_again(make_app, world: World, database: Database) -> None:
    browser = Browser(make_app(world).test_client())
    other = world.sandbox.add_portal(555, tier="free")
    app = other.create_private_app(None)
    given = {"token": f" {app.token}\n", "client_secret": app.client_secret, "app_id": str(app.app_id)}

    response = browser.post("/connections/hubspot", given, page=NEW)
    page = browser.get(response.location).text

    assert response.status_code == 303
    assert "Connected." in page
    assert "HubSpot 555" in page
    assert app.token not in page
    assert app.client_secret not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"token": ""}, "the access token"),
        ({"token": "two words"}, "the access token"),
        ({"token": "pat-na1-never-made-by-anyone"}, "refuses"),
        ({"token": "ok-token-123", "client_secret": "x y"}, "client secret"),
        ({"token": "ok-token-123", "app_id": "seven"}, "app id"),
    ],
)
def test_what_can_not_connect_is_said_and_nothing_is_kept(
    browser: Browser, world: World, given: dict[str, str], said: str
) -> None:
    response = browser.post("/connections/hubspot", given, page=NEW)

    assert response.status_code == 422
    assert said in response.text.lower().replace("&#39;", "'")
    assert given["token"] not in response.text or not given["token"]
    with world.database.reading() as session:
        assert len(session.scalars(select(Installation.id)).all()) == 1


def test_the_overview_says_what_the_account_allows_and_what_more_would_add(browser: Browser, world: World) -> None:
    page = browser.get(at(world)).text

    for words in (
        "Professional",
        "in ten seconds",
        "Custom events",
        "it takes Enterprise",
        "It would add: Custom events",
    ):
        assert words in page


def test_a_form_of_the_timeline_is_chosen_and_one_that_can_not_be_is_refused(browser: Browser, world: World) -> None:
    assert browser.post(at(world, "/mode"), {"mode": "none"}, page=at(world)).status_code == 303
    assert config(world).chosen == "none"

    refused = browser.post(at(world, "/mode"), {"mode": "app_events"}, page=at(world))
    assert refused.status_code == 422
    assert "doesn&#39;t allow app_events" in refused.text

    assert browser.post(at(world, "/mode"), {"mode": "best"}, page=at(world)).status_code == 303
    assert config(world).chosen is None
    assert browser.post(at(world, "/mode"), {"mode": "loud"}, page=at(world)).status_code == 400


def test_looking_again_finds_what_changed(browser: Browser, world: World) -> None:
    with world.database.transaction() as session:
        change_config(session, world.installation_id, lambda known: replace(known, tier="", problem="out of date"))

    response = browser.post(at(world, "/probe"), page=at(world))

    assert response.status_code == 303
    assert (config(world).tier, config(world).problem) == ("professional", None)


def test_setting_up_is_shown_first_then_done_and_then_there_is_nothing_left(
    browser: Browser, world: World, spring: str
) -> None:
    page = browser.get(at(world, "/setup")).text
    assert "segue_link_spring" in page
    assert "Make 14 things" in page
    assert "segue_score" not in world.account.contacts.definitions

    done = browser.post(at(world, "/setup"), page=at(world, "/setup"))
    after = browser.get(done.location).text

    assert "14 things were made" in after
    assert "Make " not in after.split("<table")[0].split("card-head")[1]
    assert "segue_link_spring" in world.account.contacts.definitions
    with world.database.reading() as session:
        assert len(session.scalars(select(HubSpotAsset.name)).all()) == 14


def test_what_is_in_the_way_is_said_beside_it(browser: Browser, world: World) -> None:
    ours = {"name": "segue_score", "label": "Ours", "type": "string", "fieldType": "text"}
    path = "/crm/properties/2026-09/contacts"
    world.portal.api.call("POST", path, body={**ours, "groupName": "contactinformation"})

    page = browser.get(at(world, "/setup")).text

    assert "In the way" in page
    assert "holds string, not number" in page


def test_each_field_is_checked_for_one_contact(browser: Browser, world: World, spring: str) -> None:
    ana = world.make("contacts", firstname="Ana", email="ana@example.com", hs_language="es", lastname="x")

    page = browser.get(at(world, f"/check?campaign=spring&contact={ana}")).text
    by_mail = browser.get(at(world, "/check?campaign=spring&contact=ANA@example.com")).text

    for words in ("<bdi>Ana</bdi>", "No value", "the fallback", "€49", "left out", "was it renamed?"):
        assert words in page
    assert f"Read just now from contact {ana}" in by_mail


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("999999", "HubSpot has no contact 999999"),
        ("nobody@example.com", "no contact with the address"),
        ("Ana Ferrer", "by e-mail address or by its id"),
        ("%3Cimg%20src=x%3E", "by e-mail address or by its id"),
    ],
)
def test_a_contact_that_is_none_is_said_to_be(
    browser: Browser, world: World, spring: str, contact: str, said: str
) -> None:
    response = browser.get(at(world, f"/check?campaign=spring&contact={contact}"))

    assert response.status_code == 422
    assert said in response.text
    assert "<img src=x" not in response.text


def test_the_mail_snippet_names_the_campaigns_property(browser: Browser, world: World, spring: str) -> None:
    page = browser.get(at(world, "/check")).text

    assert "{{ contact.segue_link_spring }}/still.jpg" in page
    assert "/v/{{ contact.segue_link_spring|split(&#39;/v/&#39;)|last }}" in page


def test_a_contacts_link_is_made_from_the_check(browser: Browser, world: World, spring: str) -> None:
    ana = world.make("contacts", firstname="Ana")
    given = {"campaign": "spring", "contact": ana}

    page = browser.post(at(world, "/check"), given, page=at(world)).text

    assert "written to the contact" in page, page.split("role=")[-4:]
    link = world.account.contacts.find(ana).properties["segue_link_spring"]
    assert link in page
    refused = browser.post(at(world, "/check"), {**given, "campaign": "winter"}, page=at(world))
    assert refused.status_code == 422


def test_a_list_is_begun_watched_paused_and_gone_on_with(browser: Browser, world: World, spring: str) -> None:
    list_id = make_list(world.account, "Everyone", [world.make("contacts", firstname="Ana")]).id
    begun = browser.post(at(world, "/lists"), {"list": list_id, "campaign": "spring"}, page=at(world))
    assert begun.status_code == 303
    again = browser.post(at(world, "/lists"), {"list": list_id, "campaign": "spring"}, page=at(world))
    assert again.location == begun.location

    assert "At it" in browser.get(begun.location).text
    browser.post(f"{begun.location}/pause", page=begun.location)
    assert "Paused" in browser.get(begun.location).text
    browser.post(f"{begun.location}/resume", page=begun.location)
    browser.post(f"{begun.location}/cancel", page=begun.location)
    browser.post(f"{begun.location}/resume", page=begun.location)
    assert "Ended" in browser.get(begun.location).text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"list": "999999", "campaign": "spring"}, "no list 999999"),
        ({"list": "../x", "campaign": "spring"}, "a list id is a number"),
        ({"list": "1", "campaign": "spring", "days": "many"}, "whole number"),
    ],
)
def test_a_list_that_can_not_be_begun_says_why(
    browser: Browser, world: World, spring: str, given: dict[str, str], said: str
) -> None:
    response = browser.post(at(world, "/lists"), given, page=at(world))

    assert response.status_code == 422
    assert said in response.text.lower()
    with world.database.reading() as session:
        assert session.scalars(select(LinkRun.id)).all() == []


def test_another_accounts_run_is_not_shown(browser: Browser, world: World, spring: str) -> None:
    with world.database.transaction() as session:
        other = make_installation(session, connector="hubspot", account="999").id
        run = LinkRun(
            installation_id=other,
            campaign_id=find_campaign(session, "spring").id,
            source_kind="hubspot_list",
            source_id="1",
            source_name="Theirs",
            days=90,
        )
        session.add(run)
        session.flush()
        run_id = run.id

    assert browser.get(at(world, f"/lists/{run_id}")).status_code == 404
    assert browser.post(at(world, f"/lists/{run_id}/cancel"), page=at(world)).status_code == 404


def test_dead_letters_of_this_account_are_retried_and_no_others(browser: Browser, world: World) -> None:
    occurred = {"occurred_at": "2026-11-21T12:00:00+00:00"}
    with world.database.transaction() as session:
        other = make_installation(session, connector="hubspot", account="999").id
        for number, whose in enumerate((world.installation_id, world.installation_id, other)):
            enqueue(session, [Draft(whose, f"k{number}", "link.opened", "contact:1", occurred)])
        for letter in session.scalars(select(Delivery)):
            letter.status, letter.reason = DeliveryStatus.DEAD, f"reason {letter.key}"
            letter.settled_at = letter.created_at

    page = browser.get(at(world, "/queue")).text
    assert "reason k0" in page
    assert "reason k2" not in page

    with world.database.reading() as session:
        foreign = session.scalar(select(Delivery.id).where(Delivery.key == "k2"))
    browser.post(at(world, "/queue"), {"id": str(foreign)}, page=at(world, "/queue"))
    done = browser.post(at(world, "/queue"), {"all": "yes"}, page=at(world, "/queue"))
    with world.database.reading() as session:
        states = dict(session.execute(select(Delivery.key, Delivery.status)).all())
    assert states == {"k0": "pending", "k1": "pending", "k2": "dead"}
    assert "2 on their way again" in browser.get(done.location).text


def test_taking_away_is_listed_first_and_then_only_what_we_made_goes(
    browser: Browser, world: World, spring: str
) -> None:
    browser.post(at(world, "/setup"), page=at(world, "/setup"))
    before = live(world)

    listed = browser.get(at(world, "/leave")).text
    assert "Remove 14 things" in listed
    assert live(world) == before

    gone = browser.post(at(world, "/uninstall"), page=at(world, "/leave"))
    assert "Removed." in gone.text
    assert {name for name in live(world) if name.startswith("segue")} == set()
    assert "firstname" in live(world)


def test_disconnecting_forgets_the_token_and_says_what_is_left_to_do(browser: Browser, world: World) -> None:
    page = browser.post(at(world, "/disconnect"), page=at(world, "/leave")).text

    assert "Disconnected." in page
    with world.database.reading() as session:
        assert not is_connected(session, world.installation_id)
    assert "Not connected" in browser.get(at(world)).text
    for path in ("/setup", "/check", "/lists", "/queue", "/leave"):
        assert browser.get(at(world, path)).status_code in (200, 422)


def test_a_token_withdrawn_meanwhile_is_said_on_every_screen_that_needs_it(browser: Browser, world: World) -> None:
    world.sandbox.faults.rules.append(Fault("revoked", 1.0))

    for path in ("/setup", "/lists", "/leave"):
        page = browser.get(at(world, path)).text
        assert "token" in page
