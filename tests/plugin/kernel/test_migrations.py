"""Whoever comes from any earlier version keeps what they had, step by step, and can go back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, MetaData, Table, func, insert, inspect, select, table, text
from sqlalchemy.exc import IntegrityError

from plugin.kernel.database import Database
from plugin.kernel.migrate import changing_tables, configuration, migrate

FORGOTTEN = {"pace"}
"""What only holds for seconds."""
REVISIONS = [each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    url = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    if request.param == "postgres":
        admin = Database(request.getfixturevalue("postgres_url"))
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("drop database if exists migrated with (force)"))
            connection.execute(text("create database migrated"))
        url = admin.engine.url.set(database="migrated").render_as_string(hide_password=False)
        admin.dispose()
    database = Database(url)
    yield database
    database.dispose()


def fill(connection: Connection) -> None:
    """A row in each table that has none, parents first."""
    empty = [name for name, number in counted(connection).items() if not number]
    known = MetaData()
    known.reflect(connection, only=empty)
    for each in known.sorted_tables:
        if each.name in empty:
            connection.execute(insert(each).values(row(connection, each)))


def row(connection: Connection, of: Table) -> dict[str, Any]:
    """Something in every column; where another table is named, what stands there."""
    made = {column.name: value(column.type, column.name) for column in of.columns if not is_counted(column)}
    for key in of.foreign_key_constraints:
        there = connection.execute(select(*(each.column for each in key.elements)).limit(1)).one()
        made |= dict(zip(key.column_keys, there, strict=True))
    return made


def is_counted(column: Any) -> bool:
    """Whether the database numbers it."""
    alone = column.primary_key and len(column.table.primary_key.columns) == 1
    return bool(alone and column.type.python_type is int and not column.foreign_keys)


def value(kind: Any, name: str) -> Any:
    if isinstance(kind, JSON):
        return {}
    made: Mapping[type, Any] = {
        str: f"a {name}",
        int: 1,
        float: 0.5,
        bool: True,
        bytes: b"sealed",
        datetime: datetime(2026, 11, 21, 12, tzinfo=UTC),
        date: date(2026, 11, 21),
    }
    return made[kind.python_type]


def counted(connection: Connection) -> dict[str, int]:
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {each: connection.scalar(select(func.count()).select_from(table(each))) or 0 for each in sorted(names)}


def assert_kept(before: Mapping[str, int], after: Mapping[str, int], step: str) -> None:
    stay = before.keys() & after.keys() - FORGOTTEN
    assert {name: after[name] for name in stay} == {name: before[name] for name in stay}, step


def test_each_step_keeps_what_was_there_and_each_step_back_too(fresh: Database) -> None:
    for revision in REVISIONS:
        with changing_tables(fresh) as connection:
            before = counted(connection)
            command.upgrade(configuration(connection), revision)
        with fresh.engine.begin() as connection:
            assert_kept(before, counted(connection), f"up to {revision}")
            fill(connection)

    for revision in REVISIONS[-2::-1]:
        with changing_tables(fresh) as connection:
            before = counted(connection)
            command.downgrade(configuration(connection), revision)
        with fresh.engine.begin() as connection:
            assert_kept(before, counted(connection), f"down to {revision}")


def test_what_hangs_on_a_row_is_watched_again_once_the_tables_are_changed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    migrate(database)

    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO credential (installation_id, sealed, version, updated_at) "
                "VALUES ('nobody', 'x', 1, '2026-11-21')"
            )
        )

    with pytest.raises(RuntimeError, match="isn't there"), changing_tables(database) as connection:
        connection.execute(
            text(
                "INSERT INTO credential (installation_id, sealed, version, updated_at) "
                "VALUES ('nobody', 'x', 1, '2026-11-21')"
            )
        )
    database.dispose()
