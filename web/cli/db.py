"""`segue db`: create, migrate, forget in time, and see where the database stands."""

from __future__ import annotations

import click
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import web.tables
from plugin.engagement.prune import Pruned, prune
from plugin.kernel.database import Database, Entity
from plugin.kernel.migrate import current, migrate
from plugin.kernel.settings import settings

__all__ = ["command", "web"]


@click.group()
def command() -> None:
    """Create, migrate and prune the database."""


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


@command.command("prune")
def prune_() -> None:
    """Delete what is kept no longer: old events and deliveries, snapshots of people without links, old sums and proofs.

    The worker does the same every hour. The choice in force and what is still owed stay. Safe to stop and to run again:
    every batch is a transaction of its own.
    """
    database, gone = Database(settings().database()), Pruned()
    with _working() as progress:
        task = progress.add_task("deleting", deleted=0)
        while (batch := prune(database, event_days=settings().event_days)).done:
            gone += batch
            progress.update(task, deleted=gone.events + gone.deliveries + gone.snapshots + gone.sums + gone.proofs)
    database.dispose()
    click.echo(
        f"deleted {gone.events} events, {gone.deliveries} deliveries, {gone.snapshots} snapshots, "
        f"{gone.sums} sums, {gone.proofs} proofs of consent, attention of {gone.attention} visits"
    )


def _working() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.fields[deleted]:,} rows"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
