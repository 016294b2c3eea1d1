"""`segue crm sandbox salesforce`: a Salesforce org on this machine, to try the whole install with no org."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from plugin.kernel.errors import BadInput

_EDITIONS = click.Choice(["Developer", "Enterprise", "Unlimited", "Professional", "Team"])


@click.command()
@click.option("--port", default=8301, show_default=True)
@click.option("--edition", type=_EDITIONS, default="Developer", show_default=True, help="Two of them have no API.")
@click.option("--calls", default=15_000, show_default=True, help="API calls the org has for 24 hours.")
@click.option("--app-origin", default="http://127.0.0.1:8000", show_default=True, help="Where Segue is.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where consent may come back to.")
@click.option("--certificate", type=click.Path(path_type=Path), help="PEM file with the public key for JWT bearer.")
@click.option("--session-s", default=7200, show_default=True, help="How long a session lives.")
@click.option("--not-deployed", is_flag=True, help="Begin without the package.")
@click.option("--empty", is_flag=True, help="Without people, deals and campaigns.")
def salesforce(
    port: int,
    edition: str,
    calls: int,
    app_origin: str,
    redirect_uris: tuple[str, ...],
    certificate: Path | None,
    session_s: int,
    not_deployed: bool,
    empty: bool,
) -> None:
    """A Salesforce org with pages to click through, until Ctrl-C; all it holds is forgotten then."""
    from connectors.salesforce.sandbox import Sandbox

    made = Sandbox(port, deployed=not not_deployed, seeded=not empty, app_origin=app_origin)
    app = made.logins.apps[0]
    app.callbacks += redirect_uris
    if certificate is not None:
        app.certificate = _read(certificate)
    made.org.set_edition(f"{edition} Edition")
    made.org.limits.most, made.logins.session_s = calls, float(session_s)
    try:
        made.start()
    except OSError as error:
        raise BadInput(f"port {port} can't be used ({error.strerror}): try --port") from None
    click.echo(f"Salesforce   {made.origin}")
    click.echo(f"Org          {made.org.id}")
    click.echo(f"My Domain    {made.org.my_domain}")
    click.echo(f"Users        {', '.join(str(row['Username']) for row in made.org.live('User'))}")
    click.echo("Start Segue with")
    click.echo(f"  SEGUE_SALESFORCE_SANDBOX={made.origin}")
    click.echo(f"  SEGUE_SALESFORCE_CLIENT_ID={app.consumer_key}")
    click.echo(f"  SEGUE_SALESFORCE_CLIENT_SECRET={app.consumer_secret}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        made.stop()


def _read(certificate: Path) -> str:
    try:
        return certificate.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{certificate} can't be read as a PEM file") from None
