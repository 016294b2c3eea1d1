"""Who may do what, and how often: tokens, scopes, tiers, limits, and trouble on demand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.app import challenge_of
from connectors.hubspot.sandbox.portal import Installation
from tests.connectors.hubspot.sandbox.conftest import Client, Reply

ANA = "/crm/objects/2026-09/contacts/501"
TOKEN = "/oauth/2026-09/token"
NOTHING: dict[str, list[str]] = {"properties": [], "propertiesWithHistory": []}
VERIFIER = "v" * 64
As = Callable[[str | None], Client]


def ask(sandbox: Sandbox, path: str = TOKEN, **form: str) -> Reply:
    client = {"client_id": sandbox.app.client_id, "client_secret": sandbox.app.client_secret}
    return Client(sandbox.origin, None)("POST", path, form={**client, **form})


def consented(sandbox: Sandbox) -> dict[str, str]:
    """The form that redeems a code just given."""
    portal, redirect = sandbox.portal, sandbox.app.redirects()[0]
    scopes = ["oauth", "crm.objects.contacts.read"]
    installation = portal.install(sandbox.app.id, "Segue", "oauth", scopes, sandbox.app.client_secret)
    code = sandbox.grants.consent(installation, redirect, challenge_of(VERIFIER), sandbox.clock())
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": VERIFIER,
    }


def test_a_code_is_redeemed_once_and_its_token_opens_the_account(sandbox: Sandbox, call_as: As) -> None:
    form = consented(sandbox)

    grant, again = ask(sandbox, **form), ask(sandbox, **form)
    read = call_as(grant["access_token"])("GET", ANA)

    assert (grant["token_type"], grant["expires_in"], grant["hub_id"]) == ("bearer", 1800, sandbox.portal.id)
    assert grant["scopes"] == ["crm.objects.contacts.read", "oauth"]
    assert (again.status, again["status"]) == (400, "BAD_AUTH_CODE")
    assert (read.status, read.headers["x-hubspot-ratelimit-max"]) == (200, "110")
    assert "x-hubspot-ratelimit-daily" not in read.headers


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"code_verifier": "w" * 64}, "BAD_CODE_VERIFIER"),
        ({"redirect_uri": "https://evil.example"}, "BAD_REDIRECT_URI"),
        ({"client_secret": "guess"}, "BAD_CLIENT_SECRET"),
        ({"client_id": "other"}, "BAD_CLIENT_ID"),
    ],
)
def test_a_code_is_redeemed_by_nobody_else(sandbox: Sandbox, change: dict[str, str], status: str) -> None:
    refused = ask(sandbox, **consented(sandbox) | change)

    assert (refused.status, refused["status"]) == (400, status)


@pytest.mark.parametrize(
    ("rotation", "old_works"), [("never", [True, True]), ("on_next_use", [True, False]), ("immediate", [False, False])]
)
def test_an_old_refresh_token_dies_by_the_apps_rule(sandbox: Sandbox, rotation: Any, old_works: list[bool]) -> None:
    sandbox.app.rotation = rotation
    old = ask(sandbox, **consented(sandbox))["refresh_token"]

    def refresh(token: str) -> Reply:
        return ask(sandbox, grant_type="refresh_token", refresh_token=token)

    new = refresh(old)["refresh_token"]
    before_use = refresh(old)
    refresh(new)
    after_use = refresh(old)

    assert [before_use.status == 200, after_use.status == 200] == old_works
    assert after_use.status == 200 or after_use["status"] == "BAD_REFRESH_TOKEN"


def test_an_access_token_ends(sandbox: Sandbox, call_as: As) -> None:
    token = ask(sandbox, **consented(sandbox))["access_token"]
    sandbox.clock.advance(1803)

    refused = call_as(token)("GET", ANA)
    told = ask(sandbox, f"{TOKEN}/introspect", token=token)

    assert (refused.status, refused["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert "expired 3 second" in refused["message"]
    assert told["active"] is False


def test_revoking_or_leaving_ends_every_token(sandbox: Sandbox, call_as: As) -> None:
    grants = [ask(sandbox, **consented(sandbox))]
    revoked = ask(sandbox, f"{TOKEN}/revoke", token=grants[0]["refresh_token"])
    grants += [ask(sandbox, **consented(sandbox)), ask(sandbox, **consented(sandbox))]
    left = call_as(grants[1]["access_token"])("DELETE", "/appinstalls/2026-09/external-install")

    assert (revoked.status, left.status) == (200, 204)
    for grant in grants:
        assert call_as(grant["access_token"])("GET", ANA).status == 401
        refused = ask(sandbox, grant_type="refresh_token", refresh_token=grant["refresh_token"])
        assert refused["status"] == "BAD_REFRESH_TOKEN"


def test_without_a_token_nothing_is_told(call_as: As) -> None:
    for token in (None, "pat-na1-guess"):
        refused = call_as(token)("GET", ANA)
        assert (refused.status, refused["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_missing_scope_is_named(sandbox: Sandbox, call_as: As) -> None:
    call = call_as(sandbox.portal.create_private_app(["oauth", "crm.objects.contacts.read"]).token)

    refused = call("PATCH", ANA, {"properties": {"city": "Cork"}})

    assert (refused.status, refused["category"]) == (403, "MISSING_SCOPES")
    assert refused["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]


@pytest.mark.parametrize(
    ("tier", "automation", "custom_events"),
    [("free", 403, 403), ("starter", 403, 403), ("professional", 404, 403), ("enterprise", 404, 200)],
)
def test_what_an_account_lacks_its_apps_lack(tier: str, automation: int, custom_events: int) -> None:
    with Sandbox(tier=tier) as sandbox:
        call = Client(sandbox.origin, sandbox.portal.create_private_app().token)

        completed = call(
            "POST",
            "/automation/actions/callbacks/2026-09/none/complete",
            {"outputFields": {}, "typedOutputs": {}},
        )
        listed = call("GET", "/events/custom/2026-09/event-definitions")

    assert (completed.status, listed.status) == (automation, custom_events)


def test_an_account_that_goes_down_a_tier_takes_its_apps_along(sandbox: Sandbox, call: Client) -> None:
    path = "/events/custom/2026-09/event-definitions"
    before = call("GET", path).status
    sandbox.portal.tier = "starter"

    assert (before, call("GET", path).status) == (200, 403)


def test_ten_seconds_hold_so_many_calls_and_say_how_many_are_left(
    sandbox: Sandbox, app: Installation, call: Client
) -> None:
    app.limits.burst = 5
    app.limits.retry_after = True

    answers = [call("GET", ANA) for _ in range(6)]
    sandbox.clock.advance(10)
    later = call("GET", ANA)

    assert [each.status for each in answers] == [200] * 5 + [429]
    assert [each.headers["x-hubspot-ratelimit-remaining"] for each in answers] == ["4", "3", "2", "1", "0", "0"]
    assert (answers[5]["policyName"], answers[5]["errorType"]) == ("TEN_SECONDLY_ROLLING", "RATE_LIMIT")
    assert 1 <= int(answers[5].headers["retry-after"]) <= 10
    assert later.status == 200
    assert app.limits.most_in_window == 6


def test_a_day_holds_so_many_calls_until_the_accounts_midnight(
    sandbox: Sandbox, app: Installation, call: Client
) -> None:
    app.limits.daily = 2
    for _ in range(2):
        call("GET", ANA)

    refused = call("GET", ANA)
    sandbox.clock.advance(sandbox.portal.midnight() - sandbox.clock() + 1)

    assert (refused.status, refused["policyName"]) == (429, "DAILY")
    assert call("GET", ANA).status == 200


def test_a_second_holds_five_searches(call: Client) -> None:
    asked = {"filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0"}

    statuses = [call("POST", "/crm/objects/2026-09/contacts/search", asked).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]


@pytest.mark.parametrize("kind", ["429", "429_daily", "500", "502", "503", "504", "423", "477", "cut", "revoked"])
def test_trouble_before_a_commit_changes_nothing(sandbox: Sandbox, call: Client, kind: str) -> None:
    sandbox.faults.add(kind, times=1)

    struck = call("PATCH", ANA, {"properties": {"city": "Cork"}})
    unchanged = "city" not in sandbox.portal.contacts.records["501"].properties

    assert struck.status == {"cut": 0, "revoked": 401}.get(kind, int(kind[:3]) if kind[:3].isdecimal() else -1)
    assert unchanged
    assert call("GET", ANA).status == 200


@pytest.mark.parametrize("kind", ["timeout_after_commit", "cut_mid_answer", "bad_json"])
def test_trouble_after_a_commit_hides_that_it_was_done(sandbox: Sandbox, call: Client, kind: str) -> None:
    sandbox.faults.add(kind, times=1, path="/crm/objects/*/contacts/*", method="PATCH")

    struck = call("PATCH", ANA, {"properties": {"city": "Cork"}})

    assert struck.status == 0 or isinstance(struck.body, bytes)
    assert sandbox.portal.contacts.records["501"].properties["city"] == "Cork"
    assert call("GET", ANA).status == 200


def test_an_answer_can_come_too_late(sandbox: Sandbox, call: Client) -> None:
    sandbox.faults.add("timeout_after_commit", times=1, hang_s=0.5)
    began = time.monotonic()

    struck = call("PATCH", ANA, {"properties": {"city": "Cork"}}, timeout_s=0.2)

    assert struck.status == 0
    assert time.monotonic() - began < 0.5
    assert sandbox.portal.contacts.records["501"].properties["city"] == "Cork"


def test_chance_is_the_same_for_the_same_seed(sandbox: Sandbox, call: Client) -> None:
    def run() -> list[int]:
        sandbox.faults.clear(seed=7)
        sandbox.faults.add("503", probability=0.5)
        return [call("GET", ANA).status for _ in range(20)]

    first, second = run(), run()

    assert first == second
    assert set(first) == {200, 503}


def test_faults_and_counts_are_had_over_http(sandbox: Sandbox, call: Client) -> None:
    def own(method: str, path: str, body: Any = None) -> Any:
        return urllib3.request(method, f"{sandbox.origin}/__sandbox/{path}", json=body).json()

    own("POST", "faults", {"seed": 3, "rules": [{"kind": "502", "times": 1, "path": "/crm/*"}]})
    call("GET", ANA)
    call("POST", "/crm/objects/2026-09/contacts/batch/read", {"inputs": [{"id": "501"}] * 3, **NOTHING})
    counted = own("GET", "counts")
    refused = own("POST", "faults", {"rules": [{"kind": "plague"}]})
    own("DELETE", "faults")
    own("POST", "reset")

    assert {(row["path"], row["status"]) for row in counted["requests"]} == {
        ("/crm/objects/2026-09/contacts/{objectId}", 502),
        ("/crm/objects/2026-09/contacts/batch/read", 200),
    }
    assert counted["batches"] == {"/crm/objects/2026-09/contacts/batch/read": {"3": 1}}
    assert max(counted["mostIn10s"].values()) == 2
    assert refused["category"] == "VALIDATION_ERROR"
    assert own("GET", "counts")["total"] == 0
