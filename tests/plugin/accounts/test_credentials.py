"""Credentials: sealed, bound to their row, renewed once however many ask."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.orm import Session

from plugin.accounts import credentials
from plugin.accounts.credentials import Renewed, Secrets
from plugin.accounts.models import Credential
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy, NotFound, SegueError
from plugin.kernel.seal import SealBroken, Vault
from tests.conftest import NOW, HeldClock
from tests.make import make_installation

TOKEN = "pat-eu1-canary-71d2"


@pytest.fixture
def installation_id(database: Database, vault: Vault) -> str:
    with database.transaction() as session:
        made = make_installation(session).id
        credentials.keep(session, vault, made, {"access_token": TOKEN, "refresh_token": "r1"}, expires_at=NOW)
    return made


def look(database: Database, vault: Vault, installation_id: str) -> Secrets:
    with database.reading() as session:
        return credentials.look(session, vault, installation_id)


def test_what_was_kept_is_read_again(database: Database, vault: Vault, installation_id: str) -> None:
    held = look(database, vault, installation_id)

    assert held == Secrets({"access_token": TOKEN, "refresh_token": "r1"}, 1, NOW)


def test_a_stolen_database_file_yields_no_token(tmp_path: Path, vault: Vault) -> None:
    database = Database(f"sqlite:///{tmp_path / 'stolen.sqlite3'}")
    Credential.metadata.create_all(database.engine)
    with database.transaction() as session:
        credentials.keep(session, vault, make_installation(session).id, {"access_token": TOKEN})
    database.dispose()

    stolen = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert TOKEN.encode() not in stolen
    assert b"access_token" not in stolen


def test_a_credential_moved_to_another_row_does_not_open(
    database: Database, vault: Vault, installation_id: str
) -> None:
    with database.transaction() as session:
        thief = make_installation(session).id
        sealed = session.get_one(Credential, installation_id).sealed
        session.add(Credential(installation_id=thief, sealed=sealed))

    with pytest.raises(SealBroken):
        look(database, vault, thief)


def test_another_master_secret_opens_nothing(database: Database, installation_id: str) -> None:
    with pytest.raises(SealBroken):
        look(database, Vault(bytes(32)), installation_id)


def test_many_who_renew_at_once_ask_the_crm_once(database: Database, vault: Vault, installation_id: str) -> None:
    asked: list[str] = []
    gate = threading.Barrier(8)

    def ask(held: Secrets) -> Renewed:
        asked.append(held.values["refresh_token"])
        time.sleep(0.05)
        return Renewed({"access_token": "a2", "refresh_token": "r2"}, NOW + timedelta(minutes=30))

    found: list[Secrets] = []

    def renew() -> None:
        gate.wait()
        found.append(credentials.renew(database, vault, installation_id, ask, stale=1))

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert asked == ["r1"]
    assert {(each.version, each.values["refresh_token"]) for each in found} == {(2, "r2")}


def test_values_the_crm_did_not_give_anew_stay(database: Database, vault: Vault, installation_id: str) -> None:
    credentials.renew(database, vault, installation_id, lambda _: Renewed({"access_token": "a2"}, None), stale=1)

    assert look(database, vault, installation_id).values == {"access_token": "a2", "refresh_token": "r1"}


def test_a_refusal_lets_the_next_one_try_at_once(database: Database, vault: Vault, installation_id: str) -> None:
    def refuse(_: Secrets) -> Renewed:
        raise SegueError("no")

    with pytest.raises(SegueError, match="no"):
        credentials.renew(database, vault, installation_id, refuse, stale=1)
    done = credentials.renew(database, vault, installation_id, lambda _: Renewed({"access_token": "a2"}, None), stale=1)

    assert done.version == 2


def test_a_refresher_that_died_is_replaced_when_its_lease_ends(
    database: Database, vault: Vault, installation_id: str, clock: HeldClock
) -> None:
    with database.transaction() as session:
        row = session.get_one(Credential, installation_id)
        row.lease, row.leased_until = "dead", NOW + credentials.LEASE

    def ask(_: Secrets) -> Renewed:
        return Renewed({"access_token": "a2"}, None)

    with pytest.raises(Busy):
        credentials.renew(database, vault, installation_id, ask, stale=1, clock=clock, patience_s=0)
    clock.now += credentials.LEASE

    assert credentials.renew(database, vault, installation_id, ask, stale=1, clock=clock).version == 2


def test_connecting_anew_while_one_renews_keeps_the_new(database: Database, vault: Vault, installation_id: str) -> None:
    def ask(_: Secrets) -> Renewed:
        with database.transaction() as session:
            credentials.keep(session, vault, installation_id, {"access_token": "pasted"})
        return Renewed({"access_token": "too late"}, None)

    credentials.renew(database, vault, installation_id, ask, stale=1)

    assert look(database, vault, installation_id).values["access_token"] == "pasted"


def test_what_changes_beside_the_tokens_while_one_renews_holds_with_the_new_token(
    database: Database, vault: Vault, installation_id: str
) -> None:
    def ask(_: Secrets) -> Renewed:
        with database.transaction() as session:
            credentials.change(session, vault, installation_id, lambda held: {**held, "key": "new"})
        return Renewed({"access_token": "a2", "refresh_token": "r2"}, None)

    credentials.renew(database, vault, installation_id, ask, stale=1)

    held = look(database, vault, installation_id)
    assert held.values == {"access_token": "a2", "refresh_token": "r2", "key": "new"}
    assert held.version == 2


def test_no_credential_says_to_connect(database: Database, vault: Vault, installation_id: str) -> None:
    with database.transaction() as session:
        credentials.forget(session, installation_id)

    with pytest.raises(NotFound, match="connect it again"):
        look(database, vault, installation_id)


class CrowdedDatabase:
    """The database, locked by others for the next `times` transactions once it is told to be."""

    def __init__(self, database: Database) -> None:
        self._database, self.times = database, 0

    def reading(self) -> AbstractContextManager[Session]:
        return self._database.reading()

    def transaction(self) -> AbstractContextManager[Session]:
        if self.times:
            self.times -= 1
            raise Busy("the database is locked or out of reach")
        return self._database.transaction()


def test_what_a_crm_gave_is_stored_though_the_database_is_locked_just_then(
    database: Database, vault: Vault, installation_id: str
) -> None:
    crowded = CrowdedDatabase(database)
    crowded.times = 2

    def ask(_: Secrets) -> Renewed:
        crowded.times = 3
        return Renewed({"access_token": "a2", "refresh_token": "r2"}, None)

    done = credentials.renew(cast("Database", crowded), vault, installation_id, ask, stale=1)

    assert done.version == 2
    assert look(database, vault, installation_id).values == {"access_token": "a2", "refresh_token": "r2"}


def test_a_database_that_stays_locked_is_said_to_be(database: Database, vault: Vault, installation_id: str) -> None:
    crowded = CrowdedDatabase(database)
    crowded.times = 1_000

    with pytest.raises(Busy):
        credentials.renew(
            cast("Database", crowded),
            vault,
            installation_id,
            lambda held: Renewed(held.values, None),
            stale=1,
            patience_s=0,
        )
