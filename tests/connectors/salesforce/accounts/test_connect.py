"""Connecting an org: told in words what it allows, again the same org, gone when it is told to go."""

from __future__ import annotations

import threading

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import func, select

from connectors.salesforce.accounts import connect
from connectors.salesforce.accounts.oauth import begin, login_origin
from connectors.salesforce.accounts.probe import probe
from connectors.salesforce.api.errors import Disconnected
from plugin.accounts import credentials
from plugin.accounts.models import Credential, Installation
from plugin.kernel.errors import BadInput, NotFound
from tests.connectors.salesforce.world import World


def words(world: World) -> str:
    return " ".join(f"{each.words} {each.mend}" for each in probe(world.org()).findings)


def test_an_org_is_told_in_words_what_it_allows(world: World) -> None:
    said = words(world)
    config = world.org().config

    assert "Developer Edition" in said
    assert "15,000 API calls in 24 hours" in said
    assert "The package is deployed and ours to write." in said
    assert config.engagement
    assert config.daily_max == 15_000
    assert config.problem is None


def test_without_the_package_it_says_what_to_deploy(world: World) -> None:
    world.sandbox.org.deploy(False)

    said = words(world)

    assert "Video_Engagement__c isn't there" in said
    assert "Segue Integration" in said
    assert not world.org().config.engagement


def test_an_edition_without_api_is_a_problem_not_a_crash(world: World) -> None:
    world.sandbox.org.set_edition("Team Edition")

    probe(world.org())

    assert "edition" in str(world.org().config.problem)


def test_connecting_again_is_the_same_org_with_the_same_key(world: World) -> None:
    again = world.connect()

    assert again.again
    assert again.installation_id == world.installation_id
    assert again.inbound_key == world.connected.inbound_key
    with world.database.reading() as session:
        assert session.scalar(select(func.count(Installation.id))) == 1


def test_by_jwt_nobody_signs_in_and_the_key_is_sealed(world: World) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    world.sandbox.logins.apps[0].certificate = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    found = connect.connect_jwt(
        world.database,
        world.vault,
        world.settings,
        login="login.salesforce.com",
        client_id=world.sandbox.logins.apps[0].consumer_key,
        username="segue.integration@northwind.example",
        private_key=pem,
    )

    assert found.org_id == world.connected.org_id
    with world.database.reading() as session:
        assert b"PRIVATE KEY" not in session.get_one(Credential, found.installation_id).sealed


@pytest.mark.parametrize("key", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_refused_in_words(world: World, key: str) -> None:
    with pytest.raises(BadInput, match="PEM"):
        connect.connect_jwt(
            world.database,
            world.vault,
            world.settings,
            login="login.salesforce.com",
            client_id="x",
            username="y",
            private_key=key,
        )


def test_a_wrong_secret_says_so_and_keeps_nothing(world: World) -> None:
    with pytest.raises(Disconnected, match="consumer key or secret"):
        connect.connect_client_credentials(
            world.database,
            world.vault,
            world.settings,
            login=world.sandbox.org.my_domain,
            client_id=world.sandbox.logins.apps[0].consumer_key,
            client_secret="wrong",
        )


@pytest.mark.parametrize(
    "login",
    [
        "http://login.salesforce.com",
        "evil.example.com",
        "https://login.salesforce.com.evil.com",
        "x@y",
        "",
        # What calls it takes a backslash for a slash, and so does a browser: the host is evil.example.com.
        "evil.example.com\\.salesforce.com",
        "https://evil.example.com\\.my.salesforce.com/",
        "evil.example.com／.salesforce.com",
        "evil.example.com%5c.salesforce.com",
        "https://login.salesforce.com:99999",
        "https://[login.salesforce.com",
        "a..salesforce.com",
        ".salesforce.com",
    ],
)
def test_tokens_go_nowhere_but_to_salesforce(login: str) -> None:
    with pytest.raises(BadInput, match="My Domain"):
        login_origin(login)


@pytest.mark.parametrize(
    "typed", ["acme--dev.sandbox.my.salesforce.com", " https://Acme--Dev.Sandbox.My.Salesforce.com/lightning/page?x=1 "]
)
def test_a_my_domain_is_taken_as_it_is_pasted(typed: str) -> None:
    assert login_origin(typed) == "https://acme--dev.sandbox.my.salesforce.com"


def test_the_way_to_consent_is_bound_to_this_browser() -> None:
    journey = begin("https://login.salesforce.com", "key", "https://video.example.com/salesforce/oauth/callback")

    assert f"state={journey.state}" in journey.url
    assert "code_challenge_method=S256" in journey.url
    assert journey.verifier not in journey.url


def test_sessions_that_end_all_the_time_are_renewed_by_one(world: World) -> None:
    orgs = [world.org() for _ in range(4)]
    for _ in range(5):
        world.sandbox.logins.end_sessions()
        before = world.sandbox.counts.total(template="oauth2/token")
        gate, failed = threading.Barrier(len(orgs)), []

        def ask(place: int, gate: threading.Barrier = gate, failed: list[object] = failed) -> None:
            gate.wait()
            try:
                orgs[place].api.call("GET", "limits/")
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(orgs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert failed == []
        assert world.sandbox.counts.total(template="oauth2/token") == before + 1


def test_disconnected_it_opens_no_more_and_history_stays(world: World) -> None:
    connect.disconnect(world.database, world.vault, world.settings, world.installation_id)

    with world.database.reading() as session, pytest.raises(NotFound, match="connect it again"):
        credentials.look(session, world.vault, world.installation_id)
    assert world.org().config.problem == connect.DISCONNECTED


def test_a_new_key_replaces_the_old(world: World) -> None:
    fresh = connect.new_inbound_key(world.database, world.vault, world.installation_id)

    with world.database.reading() as session:
        held = credentials.look(session, world.vault, world.installation_id).values
    assert held["inbound_key"] == fresh != world.connected.inbound_key
    assert world.org().api.call("GET", "limits/")
