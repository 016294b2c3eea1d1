"""`segue hubspot lists | issue | runs`: links for everyone on a HubSpot list."""

from __future__ import annotations

import sys
import time
from threading import Event, Thread

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from connectors.hubspot.lists import run as runs
from connectors.hubspot.lists.find import find_lists, get_list
from connectors.hubspot.lists.runner import ListRunner
from connectors.hubspot.lists.tally import GONE, ISSUED, REFUSED, REUSED, SUPPRESSED, members_done
from connectors.hubspot.models import HubSpotListRun
from connectors.hubspot.portals import Portals
from plugin.campaigns.find import find_campaign
from plugin.kernel.errors import BadInput, SegueError
from plugin.kernel.settings import settings
from web.cli.hubspot_account import of_account, open_account
from web.services import Services, make_services

LOOK_S = 0.5
PLAIN_EVERY_S = 5.0
SHOWN = 20
"""Members without a link told on the terminal."""


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
        begun = runs.start(session, found, info, days=days or services.settings.link_days, clock=services.clock)
        if begun.state == runs.PAUSED:
            runs.resume(session, begun.id, clock=services.clock)
    if later:
        click.echo(f"run {begun.id}: the worker makes links for {info.name}")
        return
    run = _follow(services, begun.id)
    _summarise(run)
    without = sum(run.counts.get(kind, 0) for kind in (SUPPRESSED, GONE, REFUSED))
    sys.exit(2 if run.state == runs.FAILED else 1 if without else 0)


@click.command("runs")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1))
@of_account
def runs_(limit: int, account: str | None) -> None:
    """List the latest runs over lists."""
    services = make_services(settings())
    installation, _ = open_account(services, account)
    with services.database.reading() as session:
        found = runs.runs(session, installation.id, limit=limit)
    table = Table("run", "list", "state", "members", "begun", "", box=None, pad_edge=False)
    for each in found:
        members = f"{members_done(each.counts):,}" + ("" if each.size is None else f" of {each.size:,}")
        begun = f"{each.started_at:%Y-%m-%d %H:%M}Z"
        table.add_row(each.id, Text(each.list_name), each.state, members, begun, Text(each.reason or ""))
    Console().print(table if found else "none")


COMMANDS = (lists, issue, runs_)


def _follow(services: Services, run_id: str) -> HubSpotListRun:
    """Work on it here, unless a worker does, until it is done or can't go on."""
    portals = Portals(services.database, services.vault, services.settings, clock=services.clock)
    runner, stop = ListRunner(portals, services.keyring), Event()

    def work() -> None:
        while not stop.is_set():
            try:
                worked = runner.work_once()
            except SegueError:
                # The database is busy: it comes again.
                worked = False
            if not worked:
                stop.wait(LOOK_S)

    thread = Thread(target=work, name="hubspot-lists", daemon=True)
    thread.start()
    try:
        return _watch(services, run_id)
    except KeyboardInterrupt:
        click.echo("stopped: run it again, or let the worker go on", err=True)
        sys.exit(130)
    finally:
        stop.set()
        runner.stop()
        thread.join(60)


def _watch(services: Services, run_id: str) -> HubSpotListRun:
    told = time.monotonic()
    with Progress(*_COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("links", total=None, note="")
        while True:
            with services.database.reading() as session:
                run = runs.look(session, run_id)
            done = members_done(run.counts)
            waits = run.reason if run.lease is None and run.reason else ""
            bar.update(task, total=run.size, completed=done, note=f"{done:,} members{'  ' * bool(waits)}{waits}")
            if run.state != runs.RUNNING:
                return run
            if bar.disable and time.monotonic() - told >= PLAIN_EVERY_S:
                told = time.monotonic()
                click.echo(f"{done:,} members {waits}".rstrip(), err=True)
            time.sleep(LOOK_S)


_COLUMNS = (TextColumn("{task.fields[note]}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())


def _summarise(run: HubSpotListRun) -> None:
    counts = run.counts
    told = [f"{counts.get(kind, 0):,} {kind}" for kind in (ISSUED, REUSED, SUPPRESSED, GONE, REFUSED)]
    click.echo(f"{run.list_name}: {members_done(counts):,} members: {', '.join(told)}")
    for contact_id, why in run.refused[:SHOWN]:
        click.echo(f"contact {contact_id}: {why}", err=True)
    if run.state != runs.DONE:
        click.echo(f"{run.state}: {run.reason or 'by somebody'}", err=True)
