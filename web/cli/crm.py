"""`segue crm`: the embedded CRM's contacts from the command line."""

from __future__ import annotations

from typing import Any

import click

import web.tables
from connectors.local import contacts
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from web.cli.crm_sandbox import sandbox

__all__ = ["command", "web"]


@click.group()
def command() -> None:
    """Look at the embedded CRM, or start one that stands in for another."""


command.add_command(sandbox)


def _database() -> Database:
    return Database(settings().database())


@command.command("list")
@click.argument("words", nargs=-1)
@click.option("--limit", default=50, show_default=True)
def list_(words: tuple[str, ...], limit: int) -> None:
    """Contacts whose name, e-mail, company or phone hold all WORDS."""
    with _database().reading() as session:
        for listed in contacts.search(session, " ".join(words), limit=limit):
            contact = listed.contact
            click.echo(f"{contact.id}  {contact.name or '(no name)'}  {contact.properties.get('email', '')}".rstrip())


@command.command()
@click.argument("contact_id")
def show(contact_id: str) -> None:
    """Every property of one contact."""
    with _database().reading() as session:
        contact = contacts.get(session, contact_id)
    width = max((len(name) for name in contact.properties), default=0)
    for name, value in contact.properties.items():
        click.echo(f"{name:<{width}}  {value}")


@command.command()
@click.argument("contact_id")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE…")
def edit(contact_id: str, changes: tuple[str, ...]) -> None:
    """Set properties; `NAME=` takes one away. A property that holds a number keeps holding one."""
    with _database().transaction() as session:
        held = contacts.get(session, contact_id).properties
        contact = contacts.update(session, contact_id, dict(_change(held, text) for text in changes))
    click.echo(f"saved, revision {contact.revision}: the next open reads it")


def _change(held: dict[str, Any], text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"{text!r} is not NAME=VALUE")
    return name, contacts.like(held.get(name), value) if value else None
