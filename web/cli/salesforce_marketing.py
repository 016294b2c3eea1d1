"""`segue salesforce marketing-cloud`: the keys Marketing Cloud signs with, and what goes into a mail."""

from __future__ import annotations

import re
import sys

import click

from connectors.salesforce.accounts.find import find_org
from connectors.salesforce.marketing import keys, mail
from connectors.salesforce.marketing.keys import Purpose
from plugin.campaigns.find import find_campaign
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from web.cli.salesforce_org import of_org
from web.services import make_services

_PURPOSE = click.argument("purpose", type=click.Choice(["journey", "mail"]))
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)


@click.group("marketing-cloud")
def command() -> None:
    """Marketing Cloud: off until it has a key here."""


@command.command("key")
@_PURPOSE
@of_org
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the key from standard input (its first line).")
@click.option("--drop-old", is_flag=True, help="Take the newest key alone from now on.")
@click.option("--off", is_flag=True, help="Take no key any more: links in mails that were sent lead nowhere.")
def key(purpose: Purpose, org_id: str | None, from_stdin: bool, drop_old: bool, off: bool) -> None:
    """Take a key from now on, for a JOURNEY's calls or for links in MAIL; without options make one and show it.

    The key before it holds beside it until --drop-old, so that nothing breaks while Marketing Cloud changes over.
    """
    if from_stdin + drop_old + off > 1:
        raise BadInput("choose one of --stdin, --drop-old and --off")
    services = make_services(settings())
    with services.database.transaction() as session:
        installation = find_org(session, org_id)
        if drop_old or off:
            gone = (keys.switch_off if off else keys.drop_old)(session, installation.id, purpose)
            click.echo(f"dropped {gone}")
            return
        text = sys.stdin.readline().strip() if from_stdin else keys.new_key()
        keys.put(session, services.vault, installation.id, purpose, text, clock=services.clock)
    click.echo("taken" if from_stdin else text)


@command.command("status")
@of_org
def status(org_id: str | None) -> None:
    """Which keys are held, and since when; never the keys."""
    services = make_services(settings())
    with services.database.reading() as session:
        found = keys.held(session, find_org(session, org_id).id)
    for purpose, made_at in found:
        click.echo(f"{purpose:<8} {made_at:%Y-%m-%d %H:%M}")
    if not found:
        click.echo("off: segue salesforce marketing-cloud key journey | mail")


@command.command("snippet")
@click.argument("slug", metavar="CAMPAIGN")
@click.option("--days", default=60, show_default=True, help="How long the mail's link leads somewhere.")
@click.option("--key-name", default="segue", show_default=True, help="The key's name in Key Management.")
def snippet(slug: str, days: int, key_name: str) -> None:
    """The AMPscript that puts each person's link into a mail."""
    services = make_services(settings())
    with services.database.reading() as session:
        campaign = find_campaign(session, slug)
    if not _KEY_NAME.fullmatch(key_name):
        raise BadInput("a key's name has letters, digits, - and _")
    click.echo(mail.snippet(services.settings.public_origin, campaign.slug, key_name=key_name, days=days))
