"""`segue member`: the people who may sign in."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from plugin.accounts import members
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings

from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input (its first line)."
)


@click.group()
def command() -> None:
    """People who may sign in."""


@command.command()
@click.argument("email")
@click.option("--role", type=click.Choice(members.ROLES), default="rep", show_default=True)
@from_stdin
def add(email: str, role: str, password_stdin: bool) -> None:
    """Let a person sign in."""
    email = members.plain_email(email)
    password = _password(password_stdin)
    with _database().transaction() as session:
        members.add_member(session, email, password, role)
    click.echo(f"{email} may sign in as {role}")


@command.command("list")
def list_() -> None:
    """List everyone who may sign in."""
    with _database().reading() as session:
        found = members.members(session)
    table = Table("address", "role", "since", box=None, pad_edge=False)
    for member in found:
        table.add_row(Text(member.email), member.role, f"{member.created_at:%Y-%m-%d}")
    Console().print(table if found else "none")


@command.command()
@click.argument("email")
@from_stdin
def passwd(email: str, password_stdin: bool) -> None:
    """Give a person a new password."""
    database = _database()
    with database.reading() as session:
        members.find_member(session, email)
    password = _password(password_stdin)
    with database.transaction() as session:
        members.set_password(session, email, password)
    click.echo("changed")


@command.command()
@click.argument("email")
def remove(email: str) -> None:
    """Let a person sign in no more."""
    with _database().transaction() as session:
        members.remove_member(session, email)
    click.echo("removed")


def _password(password_stdin: bool) -> str:
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput("there is no terminal to ask for the password: pass --password-stdin")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _database() -> Database:
    return Database(settings().database())
