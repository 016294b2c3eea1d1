"""Bringing a database up to the tables this version expects."""

from __future__ import annotations

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
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        if current(connection) == newest:
            return False
        command.upgrade(configuration(connection), "head")
    return True


def current(connection: Connection) -> str | None:
    """The version the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()
