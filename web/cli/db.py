"""`segue db`: create, migrate, and see where the database stands."""

from __future__ import annotations

import click
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import web.tables
from plugin.kernel.database import Database, Entity
from plugin.kernel.migrate import current, migrate
from plugin.kernel.settings import settings

__all__ = ["command", "web"]


@click.group()
def command() -> None:
    """Create and migrate the database."""


@command.command("migrate")
def migrate_() -> None:
    """Bring the database up to this version; safe to run again, and by two at once."""
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings().database())
    click.echo("migrated" if migrate(database) else "already up to date")


@command.command()
def status() -> None:
    """Say which version the database is at, and whether its tables are as this version expects."""
    database = Database(settings().database())
    with database.engine.connect() as connection:
        click.echo(f"version  {current(connection) or 'empty'}")
        differences = compare_metadata(MigrationContext.configure(connection), Entity.metadata)
    verdict = f"{len(differences)} differences: run `segue db migrate`" if differences else "as expected"
    click.echo(f"tables   {verdict}")
