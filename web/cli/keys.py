"""`segue keys`: the keys that sign links."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from plugin.kernel.settings import settings
from plugin.links.keys import rotate
from plugin.links.models import SigningKey
from web.services import make_services


@click.group()
def command() -> None:
    """Show and rotate the keys that sign links."""


@command.command("list")
def list_() -> None:
    """List the keys, newest first; never the secrets."""
    services = make_services(settings())
    with services.database.reading() as session:
        keys = session.scalars(select(SigningKey).order_by(SigningKey.created_at.desc(), SigningKey.kid)).all()
    table = Table("key", "algorithm", "made", "state", box=None, pad_edge=False)
    for key in keys:
        state = _state(key, services.keyring.algorithm)
        table.add_row(key.kid, key.algorithm, f"{key.created_at:%Y-%m-%d %H:%M}Z", state)
    Console().print(table if keys else "none yet: the first is made with the first link")


@command.command("rotate")
def rotate_() -> None:
    """Sign with a new key from now on; links already sent keep working until they expire."""
    services = make_services(settings())
    with services.database.transaction() as session:
        done = rotate(session, services.keyring, clock=services.clock)
    click.echo(f"{done.kid} signs from now on ({services.keyring.algorithm})")
    if done.retired_kid and done.verifies_until:
        click.echo(f"{done.retired_kid} is retired; its last link ends {done.verifies_until:%Y-%m-%d %H:%M}Z")


def _state(key: SigningKey, algorithm: str) -> str:
    if key.retired_at is None:
        return "signs" if key.algorithm == algorithm else "verifies (another algorithm is set)"
    until = f", verifies until {key.verifies_until:%Y-%m-%d %H:%M}Z" if key.verifies_until else ""
    return f"retired {key.retired_at:%Y-%m-%d}{until}"
