"""`segue demo`: the campaign that comes with the source, for trying everything out."""

from __future__ import annotations

import click

from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from web.services import make_services


@click.group(help="The campaign that comes with the source.")
def command() -> None:
    """The group."""


@command.command("load")
def load_command() -> None:
    """Load the demo, or find it loaded, and print its recipients' links."""
    try:
        from demo.load import CAMPAIGN_SLUG, load
    except ModuleNotFoundError as error:
        if error.name not in ("demo", "demo.load"):
            raise
        raise BadInput("the demo comes with the source: run this in a checkout") from None
    services = make_services(settings())
    try:
        for link in load(services):
            click.echo(f"Recipient  {link.name}  {link.url}")
        click.echo(f"Public     {services.settings.public_origin}/c/{CAMPAIGN_SLUG}")
    finally:
        services.database.dispose()
