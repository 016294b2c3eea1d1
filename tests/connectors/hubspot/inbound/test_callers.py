"""A call is believed under the secret of the accounts it names, and nobody learns which accounts we know."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.hubspot.accounts.tokens import ACCESS, REFRESH
from connectors.hubspot.inbound.callers import Account, accounts_of
from connectors.hubspot.inbound.signature import Call
from plugin.accounts import credentials
from tests.connectors.hubspot.inbound.conftest import OAUTH_SECRET, SECRET, World
from tests.connectors.hubspot.inbound.test_signature import v2, v3
from tests.make import make_installation


def ask(world: World, call: Call, *portals: str, allow_v2: bool = False) -> Mapping[str, Account] | None:
    with world.database.reading() as session:
        return accounts_of(session, world.vault, world.settings, call, portals, world.clock(), allow_v2=allow_v2)


@pytest.fixture
def oauth_id(world: World) -> str:
    """Account 222, connected through the server's app."""
    with world.database.transaction() as session:
        made = make_installation(session, connector="hubspot", account="222", config={"auth": "oauth"})
        credentials.keep(session, world.vault, made.id, {ACCESS: "a", REFRESH: "r"})
        return made.id


def test_an_account_with_an_app_of_its_own_is_known_by_that_apps_secret(world: World) -> None:
    found = ask(world, v3(secret=SECRET), "111")

    assert found == {"111": Account("111", world.installation_id, True)}
    assert ask(world, v3(secret=OAUTH_SECRET), "111") is None


def test_an_account_of_the_servers_app_is_known_by_the_servers_secret(world: World, oauth_id: str) -> None:
    assert ask(world, v3(secret=OAUTH_SECRET), "222") == {"222": Account("222", oauth_id, True)}
    assert ask(world, v3(secret=SECRET), "222") is None


def test_an_account_we_do_not_know_is_only_heard_under_the_servers_secret(world: World) -> None:
    assert ask(world, v3(secret=OAUTH_SECRET), "999") == {"999": Account("999", None, False)}
    assert ask(world, v3(secret=SECRET), "999") is None


def test_the_secret_of_one_account_speaks_for_no_other(world: World, oauth_id: str) -> None:
    for secret in (SECRET, OAUTH_SECRET):
        assert ask(world, v3(secret=secret), "111", "222") is None
        assert ask(world, v3(secret=secret), "111", "999") is None


def test_a_batch_of_the_servers_app_may_be_about_several_accounts(world: World, oauth_id: str) -> None:
    found = ask(world, v3(secret=OAUTH_SECRET), "222", "999")

    assert found is not None
    assert {portal: account.connected for portal, account in found.items()} == {"222": True, "999": False}


def test_a_disconnected_accounts_own_secret_is_forgotten_with_its_token(world: World) -> None:
    with world.database.transaction() as session:
        credentials.forget(session, world.installation_id)

    assert ask(world, v3(secret=SECRET), "111") is None


def test_naming_no_account_or_too_many_opens_nothing(world: World) -> None:
    assert ask(world, v3(secret=OAUTH_SECRET)) is None
    assert ask(world, v3(secret=OAUTH_SECRET), *map(str, range(1000, 1101))) is None


def test_a_server_without_an_app_of_its_own_hears_nobody_else(world: World) -> None:
    world.settings.hubspot_client_secret = None

    assert ask(world, v3(secret=""), "999") is None
    assert ask(world, v3(secret=SECRET), "111") is not None


def test_version_2_is_taken_for_workflow_actions_alone(world: World) -> None:
    assert ask(world, v2(secret=SECRET), "111") is None
    assert ask(world, v2(secret=SECRET), "111", allow_v2=True) is not None
