"""Statements on the driver itself behave as they do through the session."""

from __future__ import annotations

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Table, bindparam, insert, select, text

from plugin.accounts.models import Installation
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import Busy
from plugin.kernel.prepare import Prepared
from tests.conftest import NOW

TABLE = cast("Table", Installation.__table__)
BY_ACCOUNT = Prepared(
    select(TABLE.c.label, TABLE.c.config, TABLE.c.created_at).where(TABLE.c.account == bindparam("account")).limit(1)
)
ADD = Prepared(lambda _: insert(TABLE))
ADD_ONCE = Prepared(lambda dialect: insert_ignoring(dialect, TABLE, ["connector", "account"]))


def row(account: str, **changes: Any) -> dict[str, Any]:
    made = {"id": f"id-{account}", "connector": "local", "account": account, "label": "first"}
    return made | {"config": {"a": [1, "ñ"]}, "created_at": NOW} | changes


def test_rows_come_back_as_the_columns_types_say(database: Database) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=5)))
    with database.transaction() as session:
        ADD.run(session, row("a", created_at=there))

    with database.reading() as session:
        found = BY_ACCOUNT.first(session, {"account": "a"})

    assert found == ("first", {"a": [1, "ñ"]}, NOW)
    assert found[2].utcoffset() == timedelta(0)


def test_what_is_not_there_is_none(database: Database) -> None:
    with database.reading() as session:
        assert BY_ACCOUNT.first(session, {"account": "a"}) is None
        assert BY_ACCOUNT.all(session, {"account": "a"}) == []


def test_they_join_the_transaction_they_run_in(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            ADD.run(session, row("a"))
            assert BY_ACCOUNT.first(session, {"account": "a"}) is not None
            with database.reading() as other:
                assert BY_ACCOUNT.first(other, {"account": "a"}) is None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with database.reading() as session:
        assert BY_ACCOUNT.first(session, {"account": "a"}) is None


def test_a_reader_sees_at_once_what_was_committed(database: Database) -> None:
    for label in ("first", "second"):
        with database.reading() as session:
            before = BY_ACCOUNT.first(session, {"account": label})
            with database.transaction() as writer:
                ADD_ONCE.run(writer, row(label, label=label))
                ADD_ONCE.run(writer, row(label, id="other", label="never"))
            after = BY_ACCOUNT.first(session, {"account": label})

        assert (before, after) == (None, (label, {"a": [1, "ñ"]}, NOW))


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="naive"), database.transaction() as session:
        ADD.run(session, row("a", created_at=NOW.replace(tzinfo=None)))


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    bare = Database(f"sqlite:///{tmp_path / 'bare.sqlite3'}")

    with pytest.raises(Busy, match="segue db migrate"), bare.reading() as session:
        BY_ACCOUNT.first(session, {"account": "a"})


def test_a_connection_the_server_ended_is_made_again(postgres: Database) -> None:
    other = Database(postgres.engine.url.render_as_string(hide_password=False))
    with other.reading() as session:
        BY_ACCOUNT.first(session, {"account": "a"})
    ended = text("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
    with postgres.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        admin.execute(ended)

    with other.reading() as session:
        assert BY_ACCOUNT.first(session, {"account": "a"}) is None
    other.dispose()
