"""`segue outbox`: what is owed to the CRM, and what can't be delivered."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from plugin.outbox import dead as dead_letters
from plugin.outbox.health import health


@click.group()
def command() -> None:
    """What is owed to the CRM, and what can't be delivered."""


def _database() -> Database:
    return Database(settings().database())


@command.command()
def status() -> None:
    """Counts, the age of the oldest message still owed, and the last error."""
    with _database().reading() as session:
        found = health(session)
    click.echo(f"pending    {found.pending}  ({found.waiting} waiting for another try)")
    click.echo(f"delivered  {found.delivered}")
    click.echo(f"dead       {found.dead}")
    click.echo(f"oldest     {found.oldest_age_s:.0f} s")
    if found.last_error and found.last_error_at:
        click.echo(f"last error {found.last_error_at:%Y-%m-%d %H:%M:%S}Z  {found.last_error}")


@command.command()
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
def dead(limit: int) -> None:
    """List what can't be delivered, and why."""
    with _database().reading() as session:
        letters = dead_letters.dead_letters(session, limit=limit)
    if not letters:
        click.echo("none")
        return
    table = Table("Id", "What", "About", "Attempts", "Why", box=None, pad_edge=False)
    for letter in letters:
        about, why = Text(letter.subject), Text(letter.reason or "")
        table.add_row(str(letter.id), letter.kind, about, str(letter.attempts), why)
    Console().print(table)


@command.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "all_", is_flag=True, help="Every dead letter.")
def retry(ids: tuple[int, ...], all_: bool) -> None:
    """Send dead letters on their way again, with fresh patience."""
    if bool(ids) == all_:
        raise BadInput("name the ids to retry, or --all")
    with _database().transaction() as session:
        count = dead_letters.retry_dead(session, ids or None)
    click.echo(f"{count} on their way again")
