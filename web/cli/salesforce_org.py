"""`segue salesforce connect | status | probe | key | trust | disconnect`: an org, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.salesforce.accounts import connect as orgs
from connectors.salesforce.accounts.config import config_of
from connectors.salesforce.accounts.connect import Connected
from connectors.salesforce.accounts.find import find_org
from connectors.salesforce.accounts.probe import Finding, probe
from connectors.salesforce.org import Org, open_org
from plugin.accounts.models import Installation
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from plugin.outbox.health import health
from web.services import Services, make_services

of_org = click.option("--org", "org_id", metavar="ID", help="The org's id; needed when there are several.")


@click.command()
@click.option(
    "--login",
    default="login.salesforce.com",
    show_default=True,
    help="test.salesforce.com for a sandbox, or the org's My Domain.",
)
@click.option("--client-id", required=True, metavar="KEY", help="The External Client App's consumer key.")
@click.option("--username", metavar="NAME", help="With --key-file: the integration user.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The private key (PEM) whose certificate the app holds. Without it: client credentials.",
)
@click.option("--secret-stdin", is_flag=True, help="Read the consumer secret from standard input (its first line).")
def connect(login: str, client_id: str, username: str | None, key_file: Path | None, secret_stdin: bool) -> None:
    """Connect an org, or connect it again: its campaigns, links and history go on.

    With --key-file by JWT bearer, as the user named; else by client credentials, as the user the app names.
    """
    services = make_services(settings())
    kit = services.database, services.vault, services.settings
    if key_file is not None:
        if not username:
            raise BadInput("name the integration user with --username")
        pem = key_file.read_text("ascii", "replace")
        found = orgs.connect_jwt(*kit, login=login, client_id=client_id, username=username, private_key=pem)
    else:
        secret = _secret(secret_stdin)
        found = orgs.connect_client_credentials(*kit, login=login, client_id=client_id, client_secret=secret)
    _tell(found, services)


@click.command()
@of_org
def status(org_id: str | None) -> None:
    """How the connection stands, as last looked at, and what is owed to it."""
    services = make_services(settings())
    with services.database.reading() as session:
        installation = find_org(session, org_id)
        owed = health(session, clock=services.clock)
    config = config_of(installation.config)
    click.echo(f"org        {installation.account}  ({config.edition or 'not looked at yet'})")
    click.echo(f"problem    {config.problem or 'none'}")
    click.echo(f"rows       {'Video_Engagement__c' if config.engagement else 'the package is missing'}")
    click.echo(f"calls      at most {round(config.daily_max * config.share):,} of {config.daily_max:,} in 24 hours")
    click.echo(f"looked at  {config.probed_at or 'never'}")
    for what, why in sorted(config.hidden.items()):
        click.echo(f"hidden     {what}: {why}")
    click.echo(f"owed       {owed.pending} ({owed.waiting} put off), {owed.dead} dead")


@click.command("probe")
@of_org
def probe_command(org_id: str | None) -> None:
    """Look at what the org allows, now."""
    found = probe(open_org_of(make_services(settings()), org_id)[1])
    _show(found.findings)
    sys.exit(0 if all(each.fine for each in found.findings) else 1)


@click.command()
@of_org
def key(org_id: str | None) -> None:
    """A new key for the org's External Credential; the old one holds no more."""
    services = make_services(settings())
    with services.database.reading() as session:
        installation = find_org(session, org_id)
    click.echo(orgs.new_inbound_key(services.database, services.vault, installation.id))


@click.command()
@click.argument("certificate", type=click.File("rb"))
@of_org
def trust(certificate: BinaryIO, org_id: str | None) -> None:
    """Take calls signed by a CERTIFICATE of the org (PEM), beside the key."""
    services = make_services(settings())
    with services.database.reading() as session:
        installation = find_org(session, org_id)
    orgs.trust(services.database, services.vault, installation.id, certificate.read())
    click.echo("trusted")


@click.command()
@of_org
@click.confirmation_option(prompt="Forget what opens this org? Links and history stay.")
def disconnect(org_id: str | None) -> None:
    """End the connection; links, visits and what was told stay."""
    services = make_services(settings())
    with services.database.reading() as session:
        installation = find_org(session, org_id)
    told = orgs.disconnect(services.database, services.vault, services.settings, installation.id)
    click.echo("disconnected" if told else "disconnected here; remove the app's access in the org's Setup too")


COMMANDS = (connect, status, probe_command, key, trust, disconnect)


def open_org_of(services: Services, org_id: str | None) -> tuple[Installation, Org]:
    """The org named, or the only one there is; raises `NotFound` or `BadInput`."""
    with services.database.reading() as session:
        installation = find_org(session, org_id)
    org = open_org(services.database, services.vault, services.settings, installation, clock=services.clock)
    return installation, org


def _secret(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        raise BadInput("there is no terminal to ask for the consumer secret: pass --secret-stdin, or --key-file")
    asked: str = click.prompt("Consumer secret", hide_input=True, err=True)
    return asked


def _tell(found: Connected, services: Services) -> None:
    click.echo(f"{'connected again' if found.again else 'connected'}: {found.org_id}")
    _show(found.probed.findings)
    click.echo(f"\nFor the External Credential in the org (its parameter apiKey):\n{found.inbound_key}")
    click.echo(f"The org calls {services.settings.public_origin}/salesforce/links")


def _show(findings: Iterable[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for each in findings:
        table.add_row("ok" if each.fine else "!", Text(" ".join(part for part in (each.words, each.mend) if part)))
    Console().print(table)
