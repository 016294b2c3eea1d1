"""`segue hubspot lists | issue | runs`: links for everyone on a HubSpot list."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.hubspot.lists.find import find_lists, get_list
from connectors.hubspot.lists.runner import ListRunner
from connectors.hubspot.portals import Portals
from connectors.runs import run as runs
from plugin.campaigns.find import find_campaign
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from web.cli.hubspot_account import of_account, open_account
from web.cli.runs import add_steering, follow, show, tell
from web.services import make_services


@click.command()
@click.argument("words", nargs=-1)
@of_account
def lists(words: tuple[str, ...], account: str | None) -> None:
    """List the account's lists of contacts whose name holds WORDS."""
    _, portal = open_account(make_services(settings()), account)
    table = Table("id", "name", "members", "kind", box=None, pad_edge=False)
    found = find_lists(portal, " ".join(words))
    for each in found:
        size = "" if each.size is None else f"{each.size:,}"
        table.add_row(each.id, Text(each.name), size, each.kind.lower())
    Console().print(table if found else "none")


@click.command()
@click.option("--list", "list_id", required=True, metavar="ID", help="A list of contacts: segue hubspot lists.")
@click.option("--campaign", required=True, metavar="SLUG", help="What the links lead to.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long new links live [default: SEGUE_LINK_DAYS].")
@click.option("--later", is_flag=True, help="Leave it to the worker, and don't wait.")
@of_account
def issue(list_id: str, campaign: str, days: int | None, later: bool, account: str | None) -> None:
    """Give everyone on a HubSpot list their link, and write it to their contact.

    Whoever has a live link keeps it; whoever opted out of mail or bounced gets none. Stop it when you like: it goes on
    where it stopped, here or in a worker. Exit code 1: somebody got no link.
    """
    services = make_services(settings())
    installation, portal = open_account(services, account)
    info = get_list(portal, list_id)
    with services.database.transaction() as session:
        found = find_campaign(session, campaign)
        if found.installation_id != installation.id:
            raise BadInput(f"the campaign {campaign!r} belongs to another CRM account")
        days = days or services.settings.link_days
        begun = runs.start(session, found, info.source, days=days, clock=services.clock)
        if begun.state == runs.PAUSED:
            runs.resume(session, begun.id, clock=services.clock)
    if later:
        click.echo(f"run {begun.id}: the worker makes links for {info.name}")
        return
    portals = Portals(services.database, services.vault, services.settings, clock=services.clock)
    sys.exit(tell(follow(services, ListRunner(portals, services.keyring), begun.id), "contact"))


@click.group("runs", invoke_without_command=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1))
@of_account
@click.pass_context
def runs_(context: click.Context, limit: int, account: str | None) -> None:
    """List the latest runs over lists; pause, go on with, or end one."""
    if context.invoked_subcommand is not None:
        return
    services = make_services(settings())
    installation, _ = open_account(services, account)
    with services.database.reading() as session:
        found = runs.runs(session, installation.id, limit=limit)
    show(found, "list")


add_steering(runs_)
COMMANDS = (lists, issue, runs_)
