"""`segue salesforce lists | issue | runs | backfill`: links for whole campaigns, and much that is owed at once."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from connectors.runs import run as runs
from connectors.salesforce.backfill.runner import Backfill
from connectors.salesforce.lists.find import KINDS, WORDS, Kind, find_places, source_of
from connectors.salesforce.lists.runner import OrgRunner
from plugin.campaigns.find import find_campaign
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from plugin.outbox.health import OutboxHealth, health
from web.cli.runs import COLUMNS, add_steering, follow, show, tell
from web.cli.salesforce_org import of_org, open_org_of
from web.services import make_services


@click.command()
@click.argument("words", nargs=-1)
@click.option("--kind", type=click.Choice([each.replace("_", "-") for each in KINDS]), help="Only these.")
@of_org
def lists(words: tuple[str, ...], kind: str | None, org_id: str | None) -> None:
    """List campaigns, list views and reports whose name holds WORDS.

    Of reports Salesforce tells those the integration user saw last; any other can be chosen by its id.
    """
    _, org = open_org_of(make_services(settings()), org_id)
    table = Table("id", "name", "what", "", box=None, pad_edge=False)
    wanted: list[Kind] = [each for each in KINDS if kind in (None, each.replace("_", "-"))]
    for each in (place for one in wanted for place in find_places(org, one, " ".join(words))):
        table.add_row(each.id, Text(each.name), WORDS[each.kind], Text(each.about))
    Console().print(table if table.row_count else "none")


@click.command()
@click.argument("place", metavar="ID")
@click.option("--campaign", required=True, metavar="SLUG", help="What the links lead to: a campaign in Segue.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long new links live [default: SEGUE_LINK_DAYS].")
@click.option("--later", is_flag=True, help="Leave it to the worker, and don't wait.")
@of_org
def issue(place: str, campaign: str, days: int | None, later: bool, org_id: str | None) -> None:
    """Give everyone in a campaign, list view or report of the org their link, and write it to their record.

    ID is one of `segue salesforce lists`. Whoever has a live link keeps it; whoever opted out of mail gets none. Stop
    it when you like: it goes on where it stopped, here or in a worker. Exit code 1: somebody got no link.
    """
    services = make_services(settings())
    installation, org = open_org_of(services, org_id)
    source = source_of(org, place)
    with services.database.transaction() as session:
        found = find_campaign(session, campaign)
        if found.installation_id != installation.id:
            raise BadInput(f"the campaign {campaign!r} belongs to another CRM account")
        days = days or services.settings.link_days
        begun = runs.start(session, found, source, days=days, clock=services.clock)
        if begun.state == runs.PAUSED:
            runs.resume(session, begun.id, clock=services.clock)
    if later:
        click.echo(f"run {begun.id}: the worker makes links for {source.name}")
        return
    sys.exit(tell(follow(services, OrgRunner(services.orgs, services.keyring), begun.id), "record"))


@click.group("runs", invoke_without_command=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1))
@of_org
@click.pass_context
def runs_(context: click.Context, limit: int, org_id: str | None) -> None:
    """List the latest runs; pause, go on with, or end one."""
    if context.invoked_subcommand is not None:
        return
    services = make_services(settings())
    installation, _ = open_org_of(services, org_id)
    with services.database.reading() as session:
        found = runs.runs(session, installation.id, limit=limit)
    show(found, "campaign, list view or report")


@click.command()
@of_org
def backfill(org_id: str | None) -> None:
    """Tell an org all it is owed by Bulk 2.0: a few calls for thousands of visits, each told once.

    A worker does it by itself when more than 10,000 messages wait. Exit code 1: something couldn't be told.
    """
    services = make_services(settings())
    installation, _ = open_org_of(services, org_id)
    hand = Backfill(services.orgs)

    def owed() -> OutboxHealth:
        with services.database.reading() as session:
            return health(session, installation.id, clock=services.clock)

    before = owed()
    with Progress(*COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("owed", total=before.pending, note="")
        while hand.work_once(many=0, only=installation.id):
            left = owed().pending
            bar.update(task, completed=before.pending - left, note=f"{left:,} messages left")
    after = owed()
    told, dead = after.delivered - before.delivered, after.dead - before.dead
    click.echo(f"{told:,} messages told, {after.pending:,} still owed, {dead:,} that can't be told")
    if after.pending and after.last_error:
        click.echo(f"the last trouble: {after.last_error}", err=True)
    sys.exit(1 if after.pending or dead else 0)


add_steering(runs_)
COMMANDS = (lists, issue, runs_, backfill)
