"""Tokens of a portal: renewed before they end, by one at a time, no refresh token twice; the way to a first one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from hypothesis import given, strategies as st

from connectors.hubspot.accounts import oauth
from connectors.hubspot.accounts.oauth import OAuth, OAuthApp
from connectors.hubspot.accounts.tokens import PortalTokens
from connectors.hubspot.api.errors import Disconnected, HubSpotError
from plugin.accounts import credentials
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from tests.conftest import NOW, HeldClock
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply
from tests.make import make_installation

APP = OAuthApp("client-1", "secret-1", "https://video.example.com/hubspot/oauth/callback")


class Rotating:
    """HubSpot's token endpoint, where a refresh token holds once."""

    def __init__(self) -> None:
        self.alive, self.number, self.reused = "r1", 1, 0
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        with self.lock:
            if form.get("refresh_token") != self.alive:
                self.reused += 1
                return json_reply(400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"})
            self.number += 1
            self.alive = f"r{self.number}"
            return json_reply(200, grant(f"a{self.number}", self.alive))


def grant(access: str = "a1", refresh: str = "r1", **given: object) -> dict[str, object]:
    return {
        "token_type": "bearer",
        "access_token": access,
        "refresh_token": refresh,
        "hub_id": 4242,
        "scopes": ["oauth"],
        "expires_in": 1800,
        **given,
    }


@pytest.fixture
def hubspot() -> Iterator[Rotating]:
    answers = Rotating()
    server = ScriptedServer(answers)
    answers.origin = server.origin  # type: ignore[attr-defined]
    yield answers
    server.close()


@pytest.fixture
def installation_id(database: Database, vault: Vault) -> str:
    with database.transaction() as session:
        made = make_installation(session, connector="hubspot").id
        values = {"access_token": "a1", "refresh_token": "r1"}
        credentials.keep(session, vault, made, values, expires_at=NOW + timedelta(minutes=30))
    return made


def tokens_of(
    hubspot: Rotating, database: Database, vault: Vault, installation_id: str, clock: HeldClock
) -> PortalTokens:
    service = OAuth(APP, hubspot.origin, clock=clock)  # type: ignore[attr-defined]
    return PortalTokens(database, vault, installation_id, service, clock=clock)


def test_a_token_is_renewed_before_it_ends(
    hubspot: Rotating, database: Database, vault: Vault, installation_id: str, clock: HeldClock
) -> None:
    tokens = tokens_of(hubspot, database, vault, installation_id, clock)

    assert tokens.current() == "a1"
    clock.now += timedelta(minutes=28)
    assert tokens.current() == "a2"
    assert tokens.current() == "a2"


def test_processes_that_need_a_token_at_once_use_a_refresh_token_once(
    hubspot: Rotating, database: Database, vault: Vault, installation_id: str, clock: HeldClock
) -> None:
    everyone = [tokens_of(hubspot, database, vault, installation_id, clock) for _ in range(6)]
    for _ in range(10):
        clock.now += timedelta(minutes=29)
        gate, found = threading.Barrier(len(everyone)), []

        def ask(tokens: PortalTokens, gate: threading.Barrier = gate, found: list[str] = found) -> None:
            gate.wait()
            found.append(tokens.current())

        threads = [threading.Thread(target=ask, args=(tokens,)) for tokens in everyone]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert found == [f"a{hubspot.number}"] * len(everyone)
    assert hubspot.number == 11
    assert hubspot.reused == 0


def test_a_refused_token_that_someone_renewed_meanwhile_is_not_renewed_again(
    hubspot: Rotating, database: Database, vault: Vault, installation_id: str, clock: HeldClock
) -> None:
    one, other = (tokens_of(hubspot, database, vault, installation_id, clock) for _ in range(2))
    assert one.current() == other.current() == "a1"

    assert one.renewed("a1") == "a2"
    assert other.renewed("a1") == "a2"
    assert hubspot.number == 2


def test_a_dead_refresh_token_says_to_connect_again(
    hubspot: Rotating, database: Database, vault: Vault, installation_id: str, clock: HeldClock
) -> None:
    hubspot.alive = "another"

    with pytest.raises(Disconnected, match="connect it again"):
        tokens_of(hubspot, database, vault, installation_id, clock).renewed("a1")


def test_a_static_token_that_is_refused_says_what_to_do(database: Database, vault: Vault, installation_id: str) -> None:
    with pytest.raises(Disconnected, match="Paste the app"):
        PortalTokens(database, vault, installation_id, None).renewed("a1")


def test_the_way_to_consent_is_bound_to_this_browser() -> None:
    one = oauth.begin(APP, "https://app.hubspot.com/", ["oauth", "crm.objects.contacts.read"], ["timeline"])
    other = oauth.begin(APP, "https://app.hubspot.com", ["oauth"], [])

    asked = {name: values[0] for name, values in parse_qs(urlsplit(one.url).query).items()}
    assert one.url.startswith("https://app.hubspot.com/oauth/authorize?")
    assert asked["scope"] == "oauth crm.objects.contacts.read"
    assert asked["optional_scope"] == "timeline"
    assert asked["state"] == one.state
    assert asked["code_challenge"] == create_s256_code_challenge(one.verifier)
    assert asked["redirect_uri"] == APP.redirect_uri
    assert one.verifier not in one.url
    assert {one.state, one.verifier}.isdisjoint({other.state, other.verifier})


WHOLE = grant()


@given(
    st.sampled_from(["access_token", "refresh_token", "expires_in", "hub_id"]),
    st.none() | st.lists(st.text()) | st.floats(allow_nan=False),
)
def test_half_a_grant_is_no_grant(name: str, value: object) -> None:
    with pytest.raises(HubSpotError, match="lacks"):
        oauth._grant({**WHOLE, name: value}, NOW)


def test_a_token_that_claims_to_live_for_ever_lives_a_day() -> None:
    assert oauth._grant(grant(expires_in=10**12), NOW).expires_at == NOW + timedelta(days=1)


def test_without_an_app_the_settings_to_make_are_named() -> None:
    with pytest.raises(BadInput, match="SEGUE_HUBSPOT_CLIENT_ID"):
        oauth.app_of(Settings(hubspot_client_id="", hubspot_client_secret=None))
