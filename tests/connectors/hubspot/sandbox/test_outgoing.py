"""What HubSpot sends to the app: signed, patient, repeated – the action of a workflow, webhooks, cards."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from connectors.hubspot.inbound.signature import Call, is_signed
from connectors.hubspot.sandbox import Sandbox, signing, write
from connectors.hubspot.sandbox.portal import Installation
from connectors.hubspot.sandbox.problems import Problem
from connectors.hubspot.sandbox.runs import Run
from connectors.hubspot.sandbox.workflows import duration_s
from tests.connectors.hubspot.sandbox.conftest import Client
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply

COMPLETE = "/automation/actions/callbacks/2026-09"


class Receiver:
    """The app: it answers what the test wants next, and the last of that from then on."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [json_reply(200, {})]
        self.server = ScriptedServer(self._answer)

    def _answer(self, _: Asked) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def asked(self) -> list[Asked]:
        return self.server.asked


@pytest.fixture
def receiver(sandbox: Sandbox, app: Installation) -> Iterator[Receiver]:
    made = Receiver()
    sandbox.app.origin = "https://video.example.com"
    sandbox.app.reached_at = made.server.origin
    sandbox.app.backoff_s = 0.01
    yield made
    made.server.close()


def outputs(state: str = "SUCCESS", **more: str) -> Reply:
    return json_reply(200, {"outputFields": {"hs_execution_state": state, **more}})


@pytest.fixture
def enrol(sandbox: Sandbox, app: Installation) -> Callable[[], Run]:
    def enrolled() -> Run:
        run = sandbox.workflows.enrol(sandbox.portal, app, "501", "spring", "30")
        assert sandbox.later.settled()
        return run

    return enrolled


def test_the_action_is_called_with_the_contact_and_signed_in_both_ways(
    app: Installation, receiver: Receiver, enrol: Callable[[], Run]
) -> None:
    receiver.replies = [outputs(video_url="https://video.example.com/v/x")]

    run = enrol()

    asked, body = receiver.asked[0], orjson.loads(receiver.asked[0].body)
    uri, secret = "https://video.example.com/hubspot/workflow/link", app.client_secret
    stamp = asked.headers["x-hubspot-request-timestamp"]
    v2 = hashlib.sha256(f"{secret}POST{uri}".encode() + asked.body).hexdigest()
    v3 = hmac.new(secret.encode(), f"POST{uri}".encode() + asked.body + stamp.encode(), hashlib.sha256).digest()
    assert (run.state, run.output["video_url"]) == ("done", "https://video.example.com/v/x")
    assert body["callbackId"] == run.callback_id
    assert body["object"]["objectId"] == 501
    assert body["inputFields"] == {"campaign": "spring", "days": "30"}
    assert asked.headers["x-hubspot-signature"] == v2
    assert asked.headers["x-hubspot-signature-v3"] == base64.b64encode(v3).decode()
    assert abs(int(stamp) / 1000 - time.time()) < 60


@pytest.mark.parametrize("trouble", [json_reply(500, {}), json_reply(429, {}, **{"Retry-After": "0"}), Reply(cut=0)])
def test_an_action_in_trouble_is_called_again_with_the_same_callback(
    receiver: Receiver, enrol: Callable[[], Run], trouble: Reply
) -> None:
    receiver.replies = [trouble, trouble, outputs()]

    run = enrol()

    assert (run.state, len(run.attempts)) == ("done", 3)
    assert {orjson.loads(asked.body)["callbackId"] for asked in receiver.asked} == {run.callback_id}


def test_an_action_that_refuses_has_failed(receiver: Receiver, enrol: Callable[[], Run]) -> None:
    receiver.replies = [json_reply(400, {})]

    run = enrol()

    assert (run.state, len(run.attempts)) == ("failed", 1)


def test_a_failed_action_that_may_continue_is_told_apart(receiver: Receiver, enrol: Callable[[], Run]) -> None:
    receiver.replies = [outputs("FAIL_CONTINUE")]

    assert enrol().state == "failed"


def test_a_workflow_waits_until_the_app_completes_it(
    receiver: Receiver, enrol: Callable[[], Run], call: Client
) -> None:
    receiver.replies = [outputs("BLOCK", hs_expiration_duration="P1D")]
    run = enrol()
    waiting = run.state

    done = {"outputFields": {"hs_execution_state": "SUCCESS", "video_url": "https://x"}, "typedOutputs": {}}
    many = {"inputs": [{**done, "callbackId": run.callback_id}]}
    statuses = [call("POST", f"{COMPLETE}/{run.callback_id}/complete", done).status]
    statuses.append(call("POST", f"{COMPLETE}/complete", many).status)

    assert (waiting, run.state, statuses) == ("waiting", "done", [204, 204])
    assert (run.output["video_url"], run.completions) == ("https://x", 2)


def test_a_workflow_does_not_wait_for_ever(sandbox: Sandbox, receiver: Receiver, enrol: Callable[[], Run]) -> None:
    receiver.replies = [outputs("BLOCK", hs_expiration_duration="PT1H")]
    run = enrol()

    sandbox.clock.advance(3601)
    assert sandbox.later.settled()

    assert run.state == "expired"


def test_a_free_account_has_no_workflows(sandbox: Sandbox, app: Installation) -> None:
    sandbox.portal.tier = "starter"

    with pytest.raises(Problem, match="Professional"):
        sandbox.workflows.enrol(sandbox.portal, app, "501", "spring")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("P1WT1H", 608_400), ("PT90S", 90), ("P2D", 172_800), ("PT1M30S", 90), ("", None), ("P", None), ("1 day", None)],
)
def test_durations_are_read(text: str, expected: float | None) -> None:
    assert duration_s(text) == expected


def change(sandbox: Sandbox, contact_id: str, **values: str) -> None:
    portal = sandbox.portal
    with portal.lock:
        record = write.must_find(portal.contacts, contact_id)
        write.update(portal, portal.contacts, record, values, write.UI_SOURCE)


def events(receiver: Receiver) -> list[dict[str, Any]]:
    return [event for asked in receiver.asked for event in orjson.loads(asked.body)]


def test_changes_come_as_webhooks_in_one_batch_and_only_those_subscribed_to(
    sandbox: Sandbox, app: Installation, receiver: Receiver
) -> None:
    sandbox.app.webhooks = True

    change(sandbox, "501", tier="silver", city="Cork", points="13000")
    with sandbox.portal.lock:
        contacts = sandbox.portal.contacts
        write.merge(sandbox.portal, contacts, contacts.records["501"], contacts.records["502"])
        write.archive(sandbox.portal, contacts, contacts.records["503"])
        write.erase(sandbox.portal, contacts.records["504"])
    assert sandbox.later.settled()

    asked = receiver.asked[0]
    told = [(each["subscriptionType"], each["objectId"], each.get("propertyName")) for each in events(receiver)]
    assert told == [
        ("contact.propertyChange", 501, "tier"),
        ("contact.propertyChange", 501, "points"),
        ("contact.merge", 501, None),
        ("contact.deletion", 503, None),
        ("contact.privacyDeletion", 504, None),
    ]
    assert events(receiver)[2]["mergedObjectIds"] == [502]
    assert {each["portalId"] for each in events(receiver)} == {sandbox.portal.id}
    assert asked.path == "/hubspot/webhooks"
    assert asked.headers["x-hubspot-signature-v3"] == signing.v3(
        app.client_secret,
        "POST",
        "https://video.example.com/hubspot/webhooks",
        asked.body,
        int(asked.headers["x-hubspot-request-timestamp"]),
    )


def test_a_refused_webhook_comes_again_and_says_so(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.app.webhooks = True
    receiver.replies = [json_reply(503, {}), json_reply(200, {})]

    change(sandbox, "501", tier="silver")
    assert sandbox.later.settled()

    assert [each["attemptNumber"] for each in events(receiver)] == [0, 1]
    assert len({each["eventId"] for each in events(receiver)}) == 1
    assert sandbox.webhooks.log[0].state == "delivered"


def test_webhooks_come_twice_and_out_of_order_when_wished(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.app.webhooks = True
    sandbox.webhooks.twice, sandbox.webhooks.shuffle = 1.0, True

    for points in range(20):
        change(sandbox, "501", points=str(points))
    assert sandbox.later.settled()

    values = [int(each["propertyValue"]) for each in events(receiver)]
    assert sorted(values) == sorted([*range(20), *range(20)])
    assert values[:20] != list(range(20))


def test_webhooks_hold_at_most_a_hundred_events(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.app.webhooks = True

    for points in range(150):
        change(sandbox, "501", points=str(points))
    assert sandbox.later.settled()

    assert [len(orjson.loads(asked.body)) for asked in receiver.asked] == [100, 50]


def test_a_card_asks_with_who_looks_and_signs_the_address_as_hubspot_decodes_it(
    sandbox: Sandbox, app: Installation, receiver: Receiver
) -> None:
    receiver.replies = [Reply(cut=0), json_reply(200, {"state": "ok"})]

    sent = sandbox.fetches.card(sandbox.portal, app, "501")

    asked = receiver.asked[-1]
    query = parse_qs(asked.path.partition("?")[2])
    signed_uri = f"https://video.example.com{asked.path}".replace("%40", "@")
    stamp = asked.headers["x-hubspot-request-timestamp"]
    source = f"POST{signed_uri}".encode() + asked.body + stamp.encode()
    expected = base64.b64encode(hmac.new(app.client_secret.encode(), source, hashlib.sha256).digest()).decode()
    assert (sent.status, sent.json, len(receiver.asked)) == (200, {"state": "ok"}, 2)
    assert query["portalId"] == [str(sandbox.portal.id)]
    assert query["appId"] == [str(app.app_id)]
    assert "%2B" in asked.path
    assert asked.headers["x-hubspot-signature-v3"] == expected


def test_another_process_can_do_what_a_person_does(sandbox: Sandbox, receiver: Receiver) -> None:
    import urllib3

    base = f"{sandbox.origin}/__sandbox"

    def post(path: str, **body: Any) -> Any:
        return urllib3.request("POST", f"{base}/{path}", json=body).json()

    receiver.replies = [outputs(video_url="https://x")]
    portal = f"portals/{sandbox.portal.id}"
    run = post(f"{portal}/enrol", contactId="501", campaign="spring")
    assert sandbox.later.settled()
    runs = urllib3.request("GET", f"{base}/{portal}/runs").json()["runs"]
    tier = post(f"{portal}/tier", tier="free")
    post(f"{portal}/rule", property="phone", message="a plus first", pattern="[+].*")
    refused = post(f"{portal}/update", contactId="502", properties={"phone": "1"})
    merged = post(f"{portal}/merge", contactId="502", other="503")
    app = post("app", origin="http://127.0.0.1:9", webhooks=True)
    second = post("portals", portalId=7, tier="starter")

    assert runs[0]["callbackId"] == run["callbackId"]
    assert runs[0]["output"]["video_url"] == "https://x"
    assert tier == {"tier": "free"}
    assert "a plus first" in refused["message"]
    assert "503" in merged["properties"]["hs_merged_object_ids"]
    assert (app["origin"], app["webhooks"]) == ("http://127.0.0.1:9", True)
    assert (second["tier"], len(sandbox.portals)) == ("starter", 2)
    assert post(f"{portal}/dance")["status"] == "error"


@pytest.mark.parametrize(
    "target",
    [
        "/hubspot/card?userEmail=rep%2B1%40example.com&portalId=7",
        "/hubspot/card?q=%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B",
        "/hubspot/card?q=a%26b%3Dc%25%23%20+%C3%A9",
        "/hubspot/workflow/link",
    ],
)
def test_what_hubspot_signs_the_apps_own_check_takes_and_nothing_changed_by_a_letter(target: str) -> None:
    origin, body, now = "https://video.example.com", '{"name":"Zoë 🦊"}'.encode(), datetime.now(UTC)
    stamp = int(now.timestamp() * 1000)

    def taken(versions: tuple[str, ...], its_body: bytes = body, its_target: str = target) -> bool:
        signed = signing.headers("secret", "POST", origin + target, body, stamp, versions)
        headers = {name.lower(): value for name, value in signed.items()}
        return is_signed(Call("POST", its_target, its_body, headers), origin, "secret", now, allow_v2=True)

    assert taken(("v3", "v2"))
    assert taken(("v2",))
    assert not taken(("v1",))
    assert not taken(("v3", "v2"), body + b" ")
    assert not taken(("v2",), body + b" ")
    assert not taken(("v3", "v2"), body, target + "?more")
