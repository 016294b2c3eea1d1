"""`segue hubspot connect | status | probe | mode | provision | uninstall | disconnect`: one account from the shell."""

from __future__ import annotations

import sys
from collections import Counter

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select

from connectors.hubspot.accounts import abilities, plan, provision, uninstall as removing
from connectors.hubspot.accounts.config import TIMELINES, choose_timeline, config_of
from connectors.hubspot.accounts.connect import connect_static
from connectors.hubspot.accounts.disconnect import disconnect as end
from connectors.hubspot.accounts.find import find_portal, portals
from connectors.hubspot.accounts.plan import Fate, Item
from connectors.hubspot.accounts.probe import probe as look
from connectors.hubspot.accounts.uninstall import Leaving, Removal
from connectors.hubspot.portal import Portal, open_portal
from plugin.accounts.credentials import is_connected
from plugin.accounts.models import Installation
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from plugin.outbox.models import Delivery, DeliveryStatus
from web.services import Services, make_services

of_account = click.option("--account", metavar="ID", help="Which HubSpot account, when several are connected.")
apply_it = click.option("--apply", "deed", is_flag=True, help="Do it; without this it is only listed.")


@click.command()
@click.option("--token-stdin", is_flag=True, help="Read the access token, and on a second line the client secret.")
@click.option("--app-id", default="", metavar="ID", help="The app's id, for Media Bridge.")
def connect(token_stdin: bool, app_id: str) -> None:
    """Connect the account that an app's access token opens; again with a new token, it is the same account.

    The client secret tells calls from HubSpot from anybody else's. Leave it empty to keep the one there is.
    """
    token, secret = _secrets(token_stdin)
    services = make_services(settings())
    made = connect_static(
        services.database, services.vault, services.settings, token=token, client_secret=secret, app_id=app_id
    )
    click.echo(f"account {made.portal_id} is {'connected again' if made.again else 'connected'}")
    for line in made.probed.summary:
        click.echo(line)
    click.echo("next: segue hubspot provision")
    sys.exit(1 if made.probed.config.problem else 0)


@click.command()
@of_account
def status(account: str | None) -> None:
    """How each account stands, without asking HubSpot."""
    services = make_services(settings())
    with services.database.reading() as session:
        known = [find_portal(session, account)] if account else portals(session)
        connected = {each.id: is_connected(session, each.id) for each in known}
        owed = _owed(services, [each.id for each in known])
    if not known:
        click.echo("none: segue hubspot connect")
    for each in known:
        config = config_of(each.config)
        click.echo(f"account {each.account}  {'connected' if connected[each.id] else 'not connected'}")
        for line in abilities.summary(config):
            click.echo(f"  {line}")
        probed = f"{config.probed:%Y-%m-%d %H:%M}Z" if config.probed else "never"
        click.echo(f"  Looked at: {probed}. Owed: {owed[each.id, 'pending']}. Dead: {owed[each.id, 'dead']}.")
    sys.exit(0 if known and all(connected.values()) else 1)


@click.command()
@of_account
def probe(account: str | None) -> None:
    """Look at an account now: its edition, what it granted, what that allows."""
    found = look(_portal(account))
    for line in found.summary:
        click.echo(line)
    sys.exit(1 if found.config.problem else 0)


@click.command()
@click.argument("mode", type=click.Choice(["auto", *TIMELINES]))
@of_account
def mode(mode: str, account: str | None) -> None:
    """Choose how visits are told on the timeline from now on; auto: the best the account allows."""
    services = make_services(settings())
    with services.database.transaction() as session:
        installation = find_portal(session, account)
        config = choose_timeline(session, installation.id, next((each for each in TIMELINES if each == mode), None))
    services.connectors.forget(installation.id)
    click.echo(f"from now on: {abilities.NAMES[config.timeline]}")


@click.command("provision")
@of_account
@apply_it
def provision_(account: str | None, deed: bool) -> None:
    """List what setting the account up would make, and with --apply make it; nothing that was there is changed."""
    portal = _portal(account)
    items = provision.apply(portal) if deed else plan.plan(portal)
    _table(items)
    fates = Counter(item.fate for item in items)
    if not deed and fates[Fate.MAKE]:
        click.echo(f"{fates[Fate.MAKE]} to make: run it again with --apply")
    sys.exit(1 if fates[Fate.CLASHES] or fates[Fate.FAILED] else 0)


@click.command("uninstall")
@of_account
@apply_it
def uninstall_(account: str | None, deed: bool) -> None:
    """List what Segue made in the account, and with --apply remove it; nothing else is touched.

    Values that contacts hold in a removed property go with it.
    """
    portal = _portal(account)
    things = removing.uninstall(portal) if deed else removing.uninstall_plan(portal)
    _table(things)
    kept = [each for each in things if each.fate == Removal.KEPT]
    if not things:
        click.echo("nothing in this account was made by Segue")
    elif not deed:
        click.echo("run it again with --apply to remove it")
    sys.exit(1 if deed and kept else 0)


@click.command()
@of_account
@click.confirmation_option(prompt="Links, visits and history stay; nothing more is read or told. Disconnect?")
def disconnect(account: str | None) -> None:
    """End the connection: HubSpot is told and the token forgotten."""
    services = make_services(settings())
    with services.database.reading() as session:
        installation = find_portal(session, account)
    parted = end(services.database, services.vault, services.settings, installation.id)
    click.echo(f"account {installation.account} is disconnected")
    if parted.why:
        click.echo(parted.why)


COMMANDS = (connect, status, probe, mode, provision_, uninstall_, disconnect)


def open_account(services: Services, account: str | None) -> tuple[Installation, Portal]:
    """The account named, or the only one there is; raises `NotFound` or `BadInput`."""
    with services.database.reading() as session:
        installation = find_portal(session, account)
    portal = open_portal(services.database, services.vault, services.settings, installation, clock=services.clock)
    return installation, portal


def _portal(account: str | None) -> Portal:
    return open_account(make_services(settings()), account)[1]


def _secrets(token_stdin: bool) -> tuple[str, str]:
    if token_stdin:
        return sys.stdin.readline(), sys.stdin.readline()
    if not sys.stdin.isatty():
        raise BadInput("there is no terminal to ask for the token: pass --token-stdin")
    token: str = click.prompt("Access token", hide_input=True, err=True)
    secret: str = click.prompt(
        "Client secret (empty: keep it)", hide_input=True, default="", show_default=False, err=True
    )
    return token, secret


def _owed(services: Services, ids: list[str]) -> Counter[tuple[str, str]]:
    open_ones = (DeliveryStatus.PENDING, DeliveryStatus.DEAD)
    asked = (
        select(Delivery.installation_id, Delivery.status, func.count())
        .where(Delivery.installation_id.in_(ids), Delivery.status.in_(open_ones))
        .group_by(Delivery.installation_id, Delivery.status)
    )
    with services.database.reading() as session:
        return Counter({(each, state): number for each, state, number in session.execute(asked)})


def _table(things: tuple[Item, ...] | tuple[Leaving, ...]) -> None:
    table = Table("what", "name", "", "", box=None, pad_edge=False)
    for each in things:
        holds = getattr(each, "holds", None)
        note = f"{holds:,} contacts hold a value" if holds else each.why
        table.add_row(each.kind.replace("_", " "), each.name, str(each.fate), Text(note))
    if things:
        Console().print(table)
