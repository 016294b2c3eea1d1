"""A refresh token is good once, and using it again ends everything: so it is sent once, however many need it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.salesforce.api.errors import Disconnected
from connectors.salesforce.sandbox import Sandbox
from plugin.kernel.database import Database
from tests.connectors.salesforce.races import Pair, Seen, enter, run_all, tokens_of


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seeded=False) as made:
        yield made


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_two_servers_that_need_it_at_once_send_it_once_in_hundreds_of_races(
    sandbox: Sandbox, database: Database
) -> None:
    entrants, races = enter(sandbox, database, 10), 25
    seen, gates = Seen(sandbox), [threading.Barrier(2) for _ in entrants]

    with ThreadPoolExecutor(2) as pool:
        arguments = (url_of(database), sandbox.origin, entrants, gates, races)
        one, other = (each.result() for each in [pool.submit(run_all, *arguments) for _ in range(2)])

    assert one == other
    assert (seen.sent, seen.doubles, seen.refused) == (len(entrants) * races, 0, 0)
    assert all(grant.active for grant in sandbox.logins.grants)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_processes_do_the_same(sandbox: Sandbox, database: Database) -> None:
    entrants, races = enter(sandbox, database, 5), 10
    seen = Seen(sandbox)

    one, other = Pair(url_of(database), sandbox.origin, entrants, races).sides(within_s=120)

    assert one == other
    assert (seen.sent, seen.doubles, seen.refused) == (len(entrants) * races, 0, 0)


def test_a_refresh_token_somebody_else_used_says_to_connect_again(sandbox: Sandbox, database: Database) -> None:
    (entrant,) = enter(sandbox, database, 1)
    (grant,) = sandbox.logins.grants
    sandbox.logins.rotate(grant)
    tokens = tokens_of(database, sandbox.origin, entrant)

    with pytest.raises(Disconnected, match="Connect the org again"):
        tokens.renewed(tokens.current())

    assert not grant.active


def test_a_sign_in_that_is_down_is_asked_again_with_the_same_token(sandbox: Sandbox, database: Database) -> None:
    (entrant,) = enter(sandbox, database, 1)
    seen, tokens = Seen(sandbox), tokens_of(database, sandbox.origin, entrant)
    sandbox.faults.add("503", times=1, path="*oauth2/token*")
    held = tokens.current()

    with pytest.raises(Exception, match="503"):
        tokens.renewed(held)
    fresh = tokens.renewed(held)

    assert fresh != held
    assert (seen.sent, seen.doubles, seen.refused) == (2, 1, 1)
