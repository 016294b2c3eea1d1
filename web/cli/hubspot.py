"""`segue hubspot`: the app at HubSpot, from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.hubspot.package_build import KIND, NAME, Auth, PackageOrder, build
from connectors.package_write import write
from plugin.kernel.settings import settings
from web.cli import hubspot_account, hubspot_lists


@click.group()
def command() -> None:
    """Connect HubSpot, and make the app it installs."""


for _each in (*hubspot_account.COMMANDS, *hubspot_lists.COMMANDS):
    command.add_command(_each)


@command.command("package")
@click.option("--origin", metavar="URL", help="Where HubSpot reaches this server [default: SEGUE_PUBLIC_ORIGIN].")
@click.option(
    "--auth",
    type=click.Choice(["static", "oauth"]),
    default="static",
    show_default=True,
    help="One account with a token you copy, or several that agree in the browser.",
)
@click.option("--out", type=click.Path(path_type=Path), help="A folder, or a file.zip [default: segue-hubspot-AUTH].")
@click.option("--name", default=NAME, show_default=True, help="What the app is called in HubSpot.")
@click.option("--support-email", metavar="EMAIL", help="Shown to who installs it.")
@click.option("--with", "more", multiple=True, metavar="SCOPE", help="Ask for this too (static; repeatable).")
@click.option("--without", "fewer", multiple=True, metavar="SCOPE", help="Don't ask for this (static; repeatable).")
@click.option("--property", "properties", multiple=True, metavar="NAME", help="Follow this contact property's changes.")
@click.option("--app-events", is_flag=True, help="With app event types: for apps HubSpot has approved for them.")
@click.option("--force", is_flag=True, help="Make it anew where an earlier one is.")
def package(
    origin: str | None,
    auth: Auth,
    out: Path | None,
    name: str,
    support_email: str | None,
    more: tuple[str, ...],
    fewer: tuple[str, ...],
    properties: tuple[str, ...],
    app_events: bool,
    force: bool,
) -> None:
    """Make the developer project that you upload to HubSpot."""
    order = PackageOrder(
        origin=settings().public_origin if origin is None else origin,
        auth=auth,
        name=name,
        support_email=support_email,
        more=more,
        fewer=fewer,
        properties=properties,
        app_events=app_events,
    )
    files = build(order)
    out = out or Path(f"segue-hubspot-{auth}")
    write(files, out, KIND, again=force)
    click.echo(f"{out}: {len(files)} files, an app with {auth} authentication")
    click.echo("next: unpack it, and in its folder" if out.suffix.lower() == ".zip" else f"next: in {out}", nl=False)
    click.echo(" run `hs project upload` (connectors/hubspot/README.md)")
    if app_events:
        click.echo("HubSpot takes app events only into an app that was uploaded without them once, and is approved")
