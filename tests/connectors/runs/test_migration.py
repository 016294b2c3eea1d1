"""Runs and cursors that were kept for HubSpot alone go on where they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from plugin.kernel.database import Database
from plugin.kernel.migrate import configuration

NOW = "2026-11-21 12:00:00+00:00"


@pytest.fixture(params=["sqlite", "postgres"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as it was before the tables were shared."""
    url = f"sqlite:///{tmp_path / 'before.sqlite3'}"
    if request.param == "postgres":
        admin = Database(request.getfixturevalue("postgres_url"))
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("drop database if exists runs_before"))
            connection.execute(text("create database runs_before"))
        url = admin.engine.url.set(database="runs_before").render_as_string(hide_password=False)
        admin.dispose()
    database = Database(url)
    earlier = ScriptDirectory.from_config(configuration()).get_revision("0011").down_revision
    with database.engine.begin() as connection:
        command.upgrade(configuration(connection), str(earlier))
    yield database
    database.dispose()


def make_run(connection: Connection) -> None:
    connection.execute(
        text(
            "INSERT INTO installation (id, connector, account, label, config, created_at) "
            "VALUES ('in', 'hubspot', '7', 'Ours', '{}', :now)"
        ),
        {"now": NOW},
    )
    connection.execute(
        text(
            "INSERT INTO campaign (id, installation_id, slug, regime, attention, created_at) "
            "VALUES ('ca', 'in', 'spring', 'consent', false, :now)"
        ),
        {"now": NOW},
    )
    connection.execute(
        text(
            "INSERT INTO hubspot_list_run (id, installation_id, campaign_id, list_id, list_name, size, after, state, "
            "days, counts, refused, started_at, updated_at) VALUES ('ru', 'in', 'ca', '12', 'Everyone', 900, 'Mjk', "
            "'paused', 90, '{\"issued\": 200}', '[[\"1\", \"opted out\"]]', :now, :now)"
        ),
        {"now": NOW},
    )
    connection.execute(
        text("INSERT INTO hubspot_cursor VALUES ('in', 'deals', '{\"at\": \"then\"}', :now)"), {"now": NOW}
    )


def test_a_run_and_a_cursor_go_on_where_they_were_and_come_back(before: Database) -> None:
    with before.engine.begin() as connection:
        make_run(connection)
        command.upgrade(configuration(connection), "0011")
    with before.engine.begin() as connection:
        (run,) = connection.execute(text("SELECT source_kind, source_id, source_name, after, state FROM link_run"))
        (cursor,) = connection.execute(text("SELECT subject, CAST(value AS VARCHAR) FROM look_cursor"))
        command.downgrade(configuration(connection), "-1")
    with before.engine.begin() as connection:
        (again,) = connection.execute(text("SELECT list_id, list_name, after FROM hubspot_list_run"))

    assert tuple(run) == ("hubspot_list", "12", "Everyone", "Mjk", "paused")
    assert cursor[0] == "deals"
    assert "then" in cursor[1]
    assert tuple(again) == ("12", "Everyone", "Mjk")
