"""A portal is connected, connected again, taken for no other, and let go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.hubspot.accounts.connect import connect_oauth, connect_static
from connectors.hubspot.accounts.disconnect import disconnect
from connectors.hubspot.accounts.find import find_portal, portals
from connectors.hubspot.accounts.oauth import Grant
from connectors.hubspot.api.errors import Disconnected, HubSpotError
from plugin.accounts import credentials
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from tests.conftest import NOW
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply

TOKENS = {"pat-na1-first": 111, "pat-na1-again": 111, "pat-na1-other": 222}


def answer(asked: Asked) -> Reply:
    portal = TOKENS.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
    if asked.path.startswith("/oauth/"):
        return json_reply(200, {"active": True})
    if portal is None:
        return json_reply(401, {"message": "Authentication credentials not found"})
    if asked.path.endswith("/details"):
        return json_reply(200, {"portalId": portal, "timeZone": "UTC", "utcOffsetMilliseconds": 0})
    if asked.method == "DELETE":
        return Reply(204, b"")
    return json_reply(200, {"results": []})


@pytest.fixture
def hubspot() -> Iterator[ScriptedServer]:
    server = ScriptedServer(answer)
    yield server
    server.close()


@pytest.fixture
def config(hubspot: ScriptedServer) -> Settings:
    return Settings(
        hubspot_api=hubspot.origin, hubspot_client_id="c1", hubspot_client_secret="oauth-secret", hubspot_app_id="77"
    )


def grant(token: str = "pat-na1-first", portal_id: str = "111") -> Grant:
    return Grant(token, "refresh-1", NOW + timedelta(days=999), portal_id, ("oauth", "crm.objects.contacts.read"))


def test_a_token_connects_the_account_it_opens_and_is_kept_sealed(database: Database, vault: Vault, config: Settings):
    made = connect_static(database, vault, config, token=" pat-na1-first\n", client_secret="app-secret-1")

    with database.reading() as session:
        held = credentials.look(session, vault, made.installation_id).values
        installation = find_portal(session)
    assert (made.portal_id, made.again) == ("111", False)
    assert held == {"access_token": "pat-na1-first", "client_secret": "app-secret-1"}
    assert "pat-na1" not in str(installation.config)
    assert "app-secret" not in str(installation.config)


def test_connecting_again_is_the_same_account_and_keeps_its_secret(database: Database, vault: Vault, config: Settings):
    first = connect_static(database, vault, config, token="pat-na1-first", client_secret="app-secret-1")
    again = connect_static(database, vault, config, token="pat-na1-again")

    with database.reading() as session:
        held = credentials.look(session, vault, again.installation_id).values
    assert again.again
    assert again.installation_id == first.installation_id
    assert held == {"access_token": "pat-na1-again", "client_secret": "app-secret-1"}


def test_two_accounts_stand_side_by_side_and_one_must_be_named(database: Database, vault: Vault, config: Settings):
    connect_static(database, vault, config, token="pat-na1-first", client_secret="app-secret-1")
    connect_static(database, vault, config, token="pat-na1-other", client_secret="app-secret-2")

    with database.reading() as session:
        assert [each.account for each in portals(session)] == ["111", "222"]
        assert find_portal(session, "222").account == "222"
        with pytest.raises(BadInput, match="111, 222"):
            find_portal(session)
        with pytest.raises(NotFound, match="no HubSpot account 333"):
            find_portal(session, "333")


@pytest.mark.parametrize(
    ("token", "secret", "app_id", "error"),
    [
        ("", "", "", BadInput),
        ("two words", "", "", BadInput),
        ("pat-na1-first\r\nX-Evil: 1", "", "", BadInput),
        ("pat-na1-first", "sécret", "", BadInput),
        ("pat-na1-first", "", "12 or so", BadInput),
        ("pat-na1-withdrawn", "", "", Disconnected),
    ],
)
def test_what_is_no_token_is_refused_and_nothing_kept(
    database: Database, vault: Vault, config: Settings, token: str, secret: str, app_id: str, error: type[Exception]
):
    with pytest.raises(error):
        connect_static(database, vault, config, token=token, client_secret=secret, app_id=app_id)

    with database.reading() as session:
        assert not portals(session)


def test_a_grant_connects_with_the_scopes_it_names(database: Database, vault: Vault, config: Settings):
    made = connect_oauth(database, vault, config, grant())

    with database.reading() as session:
        held = credentials.look(session, vault, made.installation_id)
    assert held.values == {"access_token": "pat-na1-first", "refresh_token": "refresh-1"}
    assert made.probed.config.scopes == ("oauth", "crm.objects.contacts.read")
    assert (made.probed.config.auth, made.probed.config.app_id) == ("oauth", "77")
    assert "crm.objects.contacts.write" in (made.probed.config.problem or "")


def test_a_grant_for_another_account_than_its_token_connects_nothing(
    database: Database, vault: Vault, config: Settings
):
    with pytest.raises(HubSpotError, match="different accounts"):
        connect_oauth(database, vault, config, grant(portal_id="222"))

    with database.reading() as session:
        assert not portals(session)


def test_disconnecting_tells_hubspot_and_forgets_the_credential_but_not_the_account(
    database: Database, vault: Vault, config: Settings, hubspot: ScriptedServer
):
    made = connect_oauth(database, vault, config, grant())
    hubspot.asked.clear()

    parted = disconnect(database, vault, config, made.installation_id)

    assert parted.told
    assert [asked.path.rpartition("/")[2] for asked in hubspot.asked] == ["external-install", "revoke"]
    with database.reading() as session:
        assert find_portal(session).id == made.installation_id
        assert not credentials.is_connected(session, made.installation_id)


def test_disconnecting_succeeds_when_hubspot_is_gone_and_says_what_to_do(
    database: Database, vault: Vault, config: Settings, hubspot: ScriptedServer
):
    made = connect_oauth(database, vault, config, grant())
    hubspot.close()

    parted = disconnect(database, vault, config, made.installation_id)

    assert not parted.told
    assert "by hand" in parted.why
    with database.reading() as session:
        assert not credentials.is_connected(session, made.installation_id)
