"""Both databases behave alike where the product relies on it, and migrations make the tables in the code."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from plugin.accounts.models import Installation
from plugin.kernel import database_file
from plugin.kernel.database import Database, Entity, insert_ignoring, upsert
from plugin.kernel.errors import Busy
from plugin.kernel.migrate import migrate


def _installation(account: str) -> dict[str, object]:
    return {
        "id": f"id-{account}",
        "connector": "local",
        "account": account,
        "label": "first",
        "config": {},
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    at = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    with database.transaction() as session:
        session.add(Installation(connector="local", account="a", label="x", created_at=at))

    with database.reading() as session:
        found = session.scalars(select(Installation)).one()

    assert found.created_at == at
    assert found.created_at.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused(database: Database) -> None:
    row = Installation(connector="local", account="a", label="x", created_at=datetime(2026, 1, 1))  # noqa: DTZ001

    with pytest.raises(Exception, match="naive"), database.transaction() as session:
        session.add(row)


def test_an_error_tells_no_value_a_log_could_keep(database: Database) -> None:
    row = Installation(**_installation("a") | {"label": "Lucía Canary"})
    with database.transaction() as session:
        session.add(row)

    with pytest.raises(IntegrityError) as refused, database.transaction() as session:
        session.add(Installation(**_installation("a") | {"label": "Lucía Canary"}))

    assert "Canary" not in str(refused.value)


def test_the_same_row_twice_is_one_row(database: Database) -> None:
    dialect = database.engine.dialect.name
    for label in ("first", "second"):
        with database.transaction() as session:
            row = {**_installation("a"), "label": label}
            session.execute(insert_ignoring(dialect, Installation.__table__), [row])  # type: ignore[arg-type]

    with database.reading() as session:
        assert [found.label for found in session.scalars(select(Installation))] == ["first"]


def test_an_upsert_changes_only_what_it_names(database: Database) -> None:
    dialect = database.engine.dialect.name
    statement = upsert(dialect, Installation.__table__, ["connector", "account"], ["label"])  # type: ignore[arg-type]
    for number, label in enumerate(("first", "second")):
        with database.transaction() as session:
            session.execute(statement, [{**_installation("a"), "id": f"id-{number}", "label": label}])

    with database.reading() as session:
        assert [(found.id, found.label) for found in session.scalars(select(Installation))] == [("id-0", "second")]


def test_a_failed_block_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.add(Installation(connector="local", account="a", label="x"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with database.reading() as session:
        assert session.scalars(select(Installation)).all() == []


def test_a_reader_is_never_held_up_by_a_writer(database: Database) -> None:
    read: list[int] = []

    def look() -> None:
        with database.reading() as session:
            read.append(len(session.scalars(select(Installation)).all()))

    with database.transaction() as session:
        session.add(Installation(connector="local", account="a", label="x"))
        session.flush()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(5)

    assert read == [0]


def test_a_database_out_of_reach_is_busy() -> None:
    gone = Database("postgresql://nobody@127.0.0.1:9/none?connect_timeout=1")

    with pytest.raises(Busy):
        gone.ping()


def _write(database: Database, label: str) -> None:
    with database.transaction() as session:
        session.add(Installation(connector="local", account=label[:9], label=label))


def test_a_file_removed_or_replaced_is_written_no_more(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "segue.sqlite3"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    _write(database, "kept")

    for name in (path, tmp_path / "segue.sqlite3-wal", tmp_path / "segue.sqlite3-shm"):
        name.unlink(missing_ok=True)
    for act in (database.ping, lambda: _write(database, "lost")):
        with pytest.raises(Busy, match="removed or replaced"):
            act()

    with pytest.raises(OperationalError), database.engine.connect() as connection, connection.begin():
        pass
    shutil.copy(sqlite_template, path)
    for act in (database.ping, lambda: _write(database, "lost")):
        with pytest.raises(Busy, match="removed or replaced"):
            act()
    database.dispose()


def test_a_full_disk_is_called_one(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(sqlite_template, tmp_path / "segue.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'segue.sqlite3'}")
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=1"))
    database.ping()

    with pytest.raises(Busy, match="disk is full"):
        _write(database, "x" * 1_000_000)

    monkeypatch.setattr(database_file, "LEAST_FREE_BYTES", 1 << 80)
    with pytest.raises(Busy, match="disk is full"):
        database.ping()
    database.dispose()


def test_a_database_without_tables_says_what_to_do(tmp_path: Path, postgres_url: str) -> None:
    admin = Database(postgres_url)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("drop database if exists bare"))
        connection.execute(text("create database bare"))
    bare = admin.engine.url.set(database="bare").render_as_string(hide_password=False)

    for url in (f"sqlite:///{tmp_path / 'bare.sqlite3'}", bare):
        with pytest.raises(Busy, match="segue db migrate"), Database(url).reading() as session:
            session.scalars(select(Installation)).all()


def test_migrations_make_the_tables_in_the_code(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'm.sqlite3'}")

    assert migrate(database) is True
    assert migrate(database) is False
    assert _differences(database) == []


def test_migrations_make_the_tables_in_the_code_on_postgresql(postgres_url: str) -> None:
    admin = Database(postgres_url)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("drop database if exists migrated with (force)"))
        connection.execute(text("create database migrated"))
    database = Database(admin.engine.url.set(database="migrated").render_as_string(hide_password=False))
    threads = [threading.Thread(target=migrate, args=(database,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert _differences(database) == []
    database.dispose()
    admin.dispose()


def _differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Entity.metadata))
