"""`segue salesforce`: the package for an org, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from connectors.package_write import write
from connectors.salesforce.package_build import KIND, PackageOrder, build
from plugin.kernel.settings import settings
from web.cli import salesforce_lists, salesforce_marketing, salesforce_org


@click.group()
def command() -> None:
    """Connect an org, and make the package it deploys."""


for _each in (*salesforce_org.COMMANDS, *salesforce_lists.COMMANDS, salesforce_marketing.command):
    command.add_command(_each)


@command.command("package")
@click.option("--origin", metavar="URL", help="Where Salesforce reaches this server [default: SEGUE_PUBLIC_ORIGIN].")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="segue-salesforce",
    show_default=True,
    help="A folder, or a file.zip.",
)
@click.option("--email", metavar="EMAIL", help="Whom the app names as its contact [default: postmaster@ the server].")
@click.option(
    "--certificate",
    type=click.File("rb"),
    metavar="FILE",
    help="This server's certificate (PEM), to sign in without a person.",
)
@click.option(
    "--org-certificate", metavar="NAME", help="A certificate in the org's Setup that signs its calls, instead of a key."
)
@click.option("--org-id", metavar="ID", help="The org's id (00D…), with --org-certificate.")
@click.option("--force", is_flag=True, help="Make it anew where an earlier one is.")
def package(
    origin: str | None,
    out: Path,
    email: str | None,
    certificate: BinaryIO | None,
    org_certificate: str | None,
    org_id: str | None,
    force: bool,
) -> None:
    """Make the project that you deploy to an org."""
    order = PackageOrder(
        origin=settings().public_origin if origin is None else origin,
        email=email,
        server_certificate=certificate.read() if certificate else None,
        org_certificate=org_certificate,
        org_id=org_id,
    )
    files = build(order)
    write(files, out, KIND, again=force)
    click.echo(f"{out}: {len(files)} files")
    click.echo("next: unpack it, and in its folder" if out.suffix.lower() == ".zip" else f"next: in {out}", nl=False)
    click.echo(" run `sf project deploy start` (connectors/salesforce/README.md)")
