"""Bringing a database up to the tables this version expects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from plugin.kernel.database import Database

# Any constant: it names the lock that keeps two processes from migrating at once.
_ADVISORY_LOCK = 0x5E90E


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made in code: there is no ini file to lose."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database) -> bool:
    """Upgrade to the newest version in one transaction; True when there was anything to do.

    Two processes may start at once: one migrates, the other waits and finds it done.
    """
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    with database.engine.connect() as connection:
        if current(connection) == newest:
            return False
    with changing_tables(database) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        if current(connection) == newest:
            return False
        command.upgrade(configuration(connection), "head")
    return True


@contextmanager
def changing_tables(database: Database) -> Iterator[Connection]:
    """One transaction in which tables may be made anew; raises `RuntimeError` when rows then name what isn't there.

    To change a table SQLite makes it anew and drops the old one, which with foreign keys on is refused, or deletes what
    hangs on its rows. They can only be switched off outside a transaction (sqlite.org/lang_altertable.html, 7).
    """
    with database.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                before = _dangling(connection)
                yield connection
                if _dangling(connection) > before:
                    raise RuntimeError("the tables' change would leave rows that name what isn't there")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _dangling(connection: Connection) -> int:
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def current(connection: Connection) -> str | None:
    """The version the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()
