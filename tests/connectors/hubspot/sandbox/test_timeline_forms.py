"""What ends up on a contact's timeline: media sessions, custom events, app events, each with its own idea of once."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubspot.sandbox import Sandbox, timeline
from connectors.hubspot.sandbox.portal import Installation
from tests.connectors.hubspot.sandbox.conftest import Client

SEND = "/events/custom/2026-09/send"
DEFINITIONS = "/events/custom/2026-09/event-definitions"
MEDIA = "/media-bridge/2026-03"
APP = "/integrators/timeline/2026-03/events"
AT_MS = 1_795_862_520_000


def kinds(sandbox: Sandbox, contact_id: str = "501") -> list[str]:
    return [entry["kind"] for entry in timeline.entries(sandbox.portal, contact_id)]


@pytest.fixture
def opened(call: Client) -> str:
    """The full name of a custom event that is defined."""
    made = call(
        "POST",
        DEFINITIONS,
        {
            "label": "Video opened",
            "name": "segue_video_opened",
            "primaryObject": "CONTACT",
            "includeDefaultProperties": False,
            "propertyDefinitions": [{"name": "campaign", "label": "Campaign", "type": "string"}],
        },
    )
    name: str = made["fullyQualifiedName"]
    return name


def test_a_custom_event_is_taken_once_for_each_uuid_and_both_times_without_a_word(
    call: Client, sandbox: Sandbox, opened: str
) -> None:
    event = {"eventName": opened, "objectId": "501", "uuid": "u1", "properties": {"campaign": "Spring"}}

    first = call("POST", SEND, {**event, "occurredAt": "2026-11-28T10:42:00Z"})
    again = call("POST", f"{SEND}/batch", {"inputs": [event, {**event, "uuid": "u2"}]})
    read = call(
        "GET",
        "/events/event-occurrences/2026-09",
        query=[("objectType", "contact"), ("objectId", "501"), ("eventType", opened)],
    )

    assert (first.status, again.status) == (204, 204)
    assert sorted(each["id"] for each in read["results"]) == ["u1", "u2"]
    assert [each["why"] for each in sandbox.portal.rejected] == ["duplicate uuid"]


def test_a_custom_event_for_nobody_is_taken_and_dropped(call: Client, sandbox: Sandbox, opened: str) -> None:
    sent = call("POST", SEND, {"eventName": opened, "objectId": "99", "properties": {}})

    assert sent.status == 204
    assert [each["why"] for each in sandbox.portal.rejected] == ["unknown contact"]


@pytest.mark.parametrize(
    "change",
    [
        {"eventName": "pe1_no_such"},
        {"objectId": None},
        {"properties": {"unknown": "x"}},
        {"properties": {"campaign": "x" * 257}},
        {"properties": {f"p{number}": "x" for number in range(51)}},
        {"occurredAt": "yesterday"},
    ],
)
def test_a_custom_event_that_cannot_be_refuses_its_batch(
    call: Client, sandbox: Sandbox, opened: str, change: dict[str, Any]
) -> None:
    good = {"eventName": opened, "objectId": "501", "properties": {"campaign": "Spring"}}

    refused = call("POST", f"{SEND}/batch", {"inputs": [good, {**good, **change}]})

    assert refused.status == 400
    assert kinds(sandbox) == []


def test_an_address_in_a_custom_event_may_be_longer(call: Client, opened: str) -> None:
    event = {"eventName": opened, "objectId": "501", "properties": {"campaign": "https://example.com/" + "a" * 1000}}

    assert call("POST", SEND, event).status == 204


def test_a_batch_of_custom_events_holds_500(call: Client, opened: str) -> None:
    event = {"eventName": opened, "objectId": "501", "properties": {}}

    assert call("POST", f"{SEND}/batch", {"inputs": [event] * 500}).status == 204
    assert call("POST", f"{SEND}/batch", {"inputs": [event] * 501}).status == 400


def test_event_definitions_are_made_read_changed_and_taken_away(call: Client, opened: str) -> None:
    twice = call(
        "POST",
        DEFINITIONS,
        {
            "label": "Again",
            "name": "segue_video_opened",
            "includeDefaultProperties": False,
            "propertyDefinitions": [],
        },
    )
    found = call("GET", DEFINITIONS, query=[("searchString", "segue"), ("includeProperties", "true")])
    more = call("POST", f"{DEFINITIONS}/{opened}/property", {"name": "who", "label": "Who", "type": "string"})
    changed = call("PATCH", f"{DEFINITIONS}/{opened}", {"label": "Opened"})
    gone = call("DELETE", f"{DEFINITIONS}/{opened}")

    assert (twice.status, more.status, changed.status, gone.status) == (409, 201, 201, 204)
    assert [each["fullyQualifiedName"] for each in found["results"]] == [opened]
    assert call("GET", f"{DEFINITIONS}/{opened}").status == 404


@pytest.fixture
def media(call: Client, app: Installation) -> None:
    """The app is registered as a source of video."""
    call("POST", f"{MEDIA}/{app.app_id}/settings/register", {"name": "Segue", "updatedAt": AT_MS})
    call("POST", f"{MEDIA}/{app.app_id}/settings/object-definitions", {"mediaTypes": ["VIDEO"]})


def played(**more: Any) -> dict[str, Any]:
    return {
        "contactId": 501,
        "sessionId": "s1",
        "mediaType": "VIDEO",
        "externalId": "spring",
        "mediaName": "Spring",
        "pageName": "Spring",
        "pageUrl": "https://video.example.com/c/spring",
        "externalPlayContext": "EMAIL",
        "occurredTimestamp": AT_MS,
        **more,
    }


@pytest.mark.usefixtures("media")
def test_a_media_session_is_one_card_however_many_events_it_has(call: Client, sandbox: Sandbox) -> None:
    sent = [
        call("POST", f"{MEDIA}/events/media-played", played(state="STARTED")),
        call("POST", f"{MEDIA}/events/media-played-percent", played(playedPercent=25)),
        call("POST", f"{MEDIA}/events/media-played-percent", played(playedPercent=75)),
        call("POST", f"{MEDIA}/events/media-played-percent", played(playedPercent=50)),
        call("POST", f"{MEDIA}/events/attention-span", played(rawDataMap={"0": 1, "1": 2, "2": 0, "3": 1})),
        call("POST", f"{MEDIA}/events/media-played", played(state="VIEWED")),
        call("POST", f"{MEDIA}/events/media-played", played(state="STARTED", sessionId="s2")),
    ]

    cards = timeline.cards(sandbox.portal, "501")

    assert {each.status for each in sent} == {200}
    assert [(card.session_id, card.percent, card.state, card.events) for card in cards] == [
        ("s1", 75, "VIEWED", 6),
        ("s2", 0, "STARTED", 1),
    ]
    assert sent[4]["totalPercentPlayed"] == 0.75


@pytest.mark.usefixtures("media")
def test_a_session_begins_with_its_being_played(call: Client, sandbox: Sandbox) -> None:
    refused = call("POST", f"{MEDIA}/events/media-played-percent", played(playedPercent=25))

    assert refused.status == 400
    assert "media-played" in refused["message"]
    assert kinds(sandbox) == []


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"contactId": 99}, 404),
        ({"mediaType": "AUDIO"}, 400),
        ({"occurredTimestamp": 1_795_862_520}, 400),
        ({"state": "WATCHED"}, 400),
        ({"sessionId": ""}, 400),
    ],
)
def test_a_media_event_that_cannot_be_is_refused(call: Client, change: dict[str, Any], status: int) -> None:
    assert call("POST", f"{MEDIA}/events/media-played", played(state="STARTED") | change).status == status


def test_an_app_that_never_registered_has_no_media(call: Client) -> None:
    assert call("POST", f"{MEDIA}/events/media-played", played(state="STARTED")).status == 400


@pytest.mark.usefixtures("media")
def test_media_settings_are_read_back(call: Client, app: Installation) -> None:
    settings = f"{MEDIA}/{app.app_id}/settings"
    shown = call("PATCH", f"{settings}/event-visibility", {"eventType": "ALL", "showInTimeline": True, "updatedAt": 1})
    again = call("POST", f"{settings}/object-definitions", {"mediaTypes": ["VIDEO"]})

    assert shown["showInTimeline"] is True
    assert call("GET", f"{settings}/event-visibility")["visibilitySettings"] == [shown.body]
    assert call("GET", f"{settings}/object-definitions/VIDEO")["objectTypeName"] == "VIDEO"
    assert call("GET", f"{settings}/object-definitions/AUDIO").status == 404
    assert again["createdObjects"] == {}
    assert call("GET", f"{MEDIA}/1/settings/event-visibility").status == 403


def event(number: int, **more: Any) -> dict[str, Any]:
    at = "2026-11-28T10:42:00Z"
    return {
        "eventTypeName": "segue_video_opened",
        "id": f"e{number}",
        "objectId": "501",
        "properties": {"campaign": "Spring"},
        "timestamp": at,
        **more,
    }


def test_an_app_event_is_taken_once_and_its_second_time_is_a_conflict(call: Client, sandbox: Sandbox) -> None:
    first, again = call("POST", APP, event(1)), call("POST", APP, event(1))

    assert (first.status, again.status, again["category"]) == (201, 409, "CONFLICT")
    assert kinds(sandbox) == ["app_event"]


@pytest.mark.parametrize(("bad", "status"), [(event(1), 409), (event(3, objectId="99"), 400), (event(2), 400)])
def test_one_app_event_refuses_its_whole_batch(
    call: Client, sandbox: Sandbox, bad: dict[str, Any], status: int
) -> None:
    call("POST", APP, event(1))

    refused = call("POST", f"{APP}/batch", {"inputs": [event(2), bad]})
    whole = call("POST", f"{APP}/batch", {"inputs": [event(2), event(3)]})

    assert (refused.status, whole.status, len(whole["results"])) == (status, 200, 2)
    assert kinds(sandbox) == ["app_event"] * 3


def test_an_app_that_lost_its_approval_sends_no_events(call: Client, sandbox: Sandbox) -> None:
    sandbox.app.app_events = False

    assert call("POST", APP, event(1)).status == 403


def test_a_timeline_moves_with_its_contact_when_contacts_merge(call: Client, sandbox: Sandbox) -> None:
    call("POST", APP, event(1, objectId="502"))
    call(
        "POST",
        "/crm/objects/2026-09/contacts/merge",
        {"primaryObjectId": "501", "objectIdToMerge": "502"},
    )
    call("POST", APP, event(2, objectId="502"))

    assert kinds(sandbox, "501") == kinds(sandbox, "502") == ["app_event", "app_event"]
