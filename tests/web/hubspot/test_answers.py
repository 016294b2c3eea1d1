"""What HubSpot calls is answered when HubSpot signed it, and not otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from connectors.hubspot.accounts.config import change_config
from connectors.hubspot.models import HubSpotInbox
from plugin.accounts import credentials
from plugin.outbox.enqueue import Draft, enqueue
from tests.connectors.hubspot.inbound.conftest import OAUTH_SECRET, World
from tests.connectors.hubspot.inbound.test_webhooks import event
from tests.connectors.hubspot.inbound.test_workflow import CALL
from tests.connectors.hubspot.scripted import json_reply
from tests.web.hubspot.conftest import WHO, HubSpot
from web.hubspot.routes import CALLS

BODIES = {
    "/workflow/link": CALL,
    "/webhooks": [event("contact.privacyDeletion")],
    "/card": {"objectId": "501"},
    "/card/copy": {"objectId": "501", "campaign": "spring"},
    "/card/resend": {"objectId": "501", "campaign": "spring"},
    "/settings": {},
}


def target(path: str) -> str:
    return f"/hubspot{path}" if path in ("/workflow/link", "/webhooks") else f"/hubspot{path}?{WHO}"


@pytest.mark.parametrize("path", CALLS)
def test_each_is_answered_when_the_accounts_app_signed_it(hubspot: HubSpot, path: str) -> None:
    response = hubspot.send(target(path), BODIES[path])

    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", CALLS)
def test_anyone_else_hears_one_and_the_same_no(hubspot: HubSpot, world: World, path: str) -> None:
    body, to = BODIES[path], target(path)
    good = hubspot.send(to, body).status_code
    unknown = to.replace("portalId=111", "portalId=999")
    refused = [
        hubspot.send(to, body, secret="another"),
        hubspot.send(unknown, body, secret="another"),
        hubspot.client.post(to, json=body),
        hubspot.client.post(to, json=body, headers={"X-HubSpot-Signature-v3": "x"}),
        hubspot.client.post(to, data=b"\xff{"),
        hubspot.send(to, body, **{"X-HubSpot-Request-Timestamp": "1"}),
    ]
    world.clock.now += timedelta(minutes=1)

    assert good == 200
    assert {response.status_code for response in refused} == {401}
    assert len({response.data for response in refused}) == 1


@pytest.mark.parametrize("path", [path for path in CALLS if path != "/workflow/link"])
def test_the_weaker_signature_opens_nothing_but_the_workflow_action(hubspot: HubSpot, path: str) -> None:
    assert hubspot.send(target(path), BODIES[path], version=2).status_code == 401


@pytest.mark.parametrize("path", CALLS)
def test_nothing_is_answered_to_a_get(hubspot: HubSpot, path: str) -> None:
    assert hubspot.client.get(f"/hubspot{path}").status_code == 405


def test_a_workflow_gets_its_link_by_either_signature(hubspot: HubSpot, world: World) -> None:
    third = hubspot.send("/hubspot/workflow/link", CALL).get_json()["outputFields"]
    second = hubspot.send("/hubspot/workflow/link", {**CALL, "callbackId": "other"}, version=2).get_json()

    assert third["hs_execution_state"] == "SUCCESS"
    assert second["outputFields"]["video_url"] == third["video_url"] == world.hub.contacts["501"]["segue_link_spring"]


def test_a_workflow_is_told_to_wait_or_to_come_again(hubspot: HubSpot, world: World) -> None:
    world.hub.before = lambda _: json_reply(503, {})
    assert hubspot.send("/hubspot/workflow/link", CALL).get_json()["outputFields"]["hs_execution_state"] == "BLOCK"

    with world.database.transaction() as session:
        change_config(session, world.installation_id, lambda config: replace(config, scopes=()))
    hubspot.client.application.extensions["segue"].portals.forget(world.installation_id)
    again = hubspot.send("/hubspot/workflow/link", {**CALL, "callbackId": "other"})
    assert (again.status_code, again.headers["Retry-After"]) == (503, "60")


def test_a_call_that_is_none_is_refused_in_words(hubspot: HubSpot) -> None:
    response = hubspot.send("/hubspot/workflow/link", {**CALL, "callbackId": ""})

    assert (response.status_code, response.get_json()) == (400, {"message": "callbackId is missing"})


def test_webhooks_are_stored_before_they_are_answered(hubspot: HubSpot, world: World) -> None:
    assert hubspot.send("/hubspot/webhooks", BODIES["/webhooks"]).get_json() == {"stored": 1}

    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(HubSpotInbox)) == 1


def test_events_of_an_account_under_another_accounts_secret_are_refused_whole(hubspot: HubSpot) -> None:
    foreign = [event("contact.privacyDeletion"), event("contact.privacyDeletion", portalId=222)]

    assert hubspot.send("/hubspot/webhooks", foreign).status_code == 401


def test_the_card_of_a_contact_with_a_link(hubspot: HubSpot) -> None:
    assert hubspot.card("card", {"objectId": "501"}).get_json()["state"] == "empty"
    made = hubspot.card("card/copy", {"objectId": "501", "campaign": "spring"}).get_json()

    told = hubspot.card("card", {"objectId": 501}).get_json()

    assert made["state"] == "ok"
    assert told["state"] == "ok"
    assert [link["url"] for link in told["links"]] == [made["url"]]


def test_a_look_that_names_no_user_is_shown_nothing(hubspot: HubSpot) -> None:
    told = hubspot.card("card", {"objectId": "501"}, "portalId=111&appId=7").get_json()

    assert told == {"state": "forbidden"}


@pytest.mark.parametrize("query", ["", "userId=42", "portalId=111&portalId=111&userId=42", "portalId=%20111&userId=4"])
def test_an_account_must_be_named_once(hubspot: HubSpot, query: str) -> None:
    assert hubspot.card("card", {"objectId": "501"}, query).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[]", {}, {"objectId": None}, {"objectId": "../1"}, {"objectId": "5" * 30}])
def test_a_card_without_a_contact_is_told_so(hubspot: HubSpot, body: object) -> None:
    response = hubspot.card("card", body)

    assert response.status_code == 400
    assert response.get_json()["message"]


def test_an_account_of_the_servers_app_that_is_not_connected_is_told_so(hubspot: HubSpot) -> None:
    query = WHO.replace("111", "999")

    card = hubspot.card("card", {"objectId": "501"}, query, secret=OAUTH_SECRET)
    settings = hubspot.card("settings", {}, query, secret=OAUTH_SECRET).get_json()
    action = {**CALL, "origin": {"portalId": 999}}

    assert card.get_json() == {"state": "not_connected"}
    assert (settings["connection"], settings["adminUrl"]) == ("broken", "https://video.example.com/connections")
    assert hubspot.send("/hubspot/workflow/link", action, secret=OAUTH_SECRET).status_code == 503
    assert hubspot.card("card/copy", {"objectId": "1", "campaign": "x"}, query, secret=OAUTH_SECRET).status_code == 400


def test_a_disconnected_account_of_the_servers_app_still_has_its_erasures_heard(hubspot: HubSpot, world: World) -> None:
    with world.database.transaction() as session:
        credentials.forget(session, world.installation_id)

    assert hubspot.send("/hubspot/webhooks", BODIES["/webhooks"], secret=OAUTH_SECRET).get_json() == {"stored": 1}


def test_the_settings_page_says_how_the_connection_stands(hubspot: HubSpot, world: World) -> None:
    with world.database.transaction() as session:
        occurred = {"occurred_at": world.clock().isoformat()}
        enqueue(session, [Draft(world.installation_id, "k", "link.opened", "contact:501", occurred)], clock=world.clock)
        enqueue(session, [Draft("another account", "l", "link.opened", "contact:1", occurred)], clock=world.clock)

    told = hubspot.card("settings", {}).get_json()

    assert (told["connection"], told["portalId"], told["queue"]["pending"]) == ("ok", "111", 1)
    assert told["mode"]["timeline"] == "none"
    assert told["adminUrl"] == f"https://video.example.com/connections/{world.installation_id}"
    assert {scope["scope"]: scope["granted"] for scope in told["scopes"]}["automation"] is True


def test_a_broken_connection_is_said_to_be(hubspot: HubSpot, world: World) -> None:
    with world.database.transaction() as session:
        change_config(session, world.installation_id, lambda config: replace(config, problem="the app was removed"))

    told = hubspot.card("settings", {}).get_json()

    assert (told["connection"], told["problem"]) == ("broken", "the app was removed")


def test_a_body_beyond_a_megabyte_is_not_read(hubspot: HubSpot) -> None:
    assert hubspot.client.post("/hubspot/webhooks", data=b"[" * (1 << 20 | 1)).status_code == 413


def test_hubspots_client_is_not_loaded_before_somebody_calls(make_app: Callable[..., Flask]) -> None:
    rules = {rule.rule for rule in make_app().url_map.iter_rules() if rule.endpoint.startswith("hubspot.")}

    assert rules == {f"/hubspot{path}" for path in CALLS}
