"""`segue crm sandbox hubspot`: a HubSpot on this machine, to try the whole install with no account."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import click

from plugin.kernel.errors import BadInput

if TYPE_CHECKING:
    from connectors.hubspot.sandbox import Sandbox

_TIERS = click.Choice(["free", "starter", "professional", "enterprise"])
_USUAL = "Left out: Segue's own."


@click.command()
@click.option("--port", default=8300, show_default=True)
@click.option("--tier", type=_TIERS, default="enterprise", show_default=True, help="What the account has paid for.")
@click.option("--app-origin", "origin", help="Where Segue is; left out: http://127.0.0.1:8000.")
@click.option("--client-id", help="Of the OAuth app; one is given when left out.")
@click.option("--client-secret", help="Of the OAuth app; one is given when left out.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help=f"Where consent comes back to. {_USUAL}")
@click.option("--action-path", help=f"Path of the workflow action. {_USUAL}")
@click.option("--webhook-path", help=f"Path that takes webhooks. {_USUAL}")
@click.option("--card-path", help=f"Path the card asks. {_USUAL}")
@click.option("--settings-path", help=f"Path the settings page asks. {_USUAL}")
@click.option("--webhooks/--no-webhooks", default=True, show_default=True, help="Tell Segue of changed contacts.")
@click.option("--app-events", is_flag=True, help="As if HubSpot had approved the app for app events.")
@click.option("--empty", is_flag=True, help="Without the twelve contacts, their companies, deals and list.")
def hubspot(port: int, tier: str, empty: bool, **told: Any) -> None:
    """A HubSpot with pages to click through, until Ctrl-C; all it holds is forgotten then."""
    from connectors.hubspot.sandbox import Sandbox

    made = Sandbox(port, tier=tier, seeded=not empty)
    app = made.app
    for name, value in told.items():
        if value is not None:
            setattr(app, name, list(value) if name == "redirect_uris" else value)
    try:
        made.start()
    except OSError as error:
        raise BadInput(f"port {port} can't be used ({error.strerror}): try --port") from None
    try:
        _tell(made)
        threading.Event().wait()
    except KeyboardInterrupt:
        made.stop()


def _tell(made: Sandbox) -> None:
    click.echo(f"HubSpot    {made.origin}")
    click.echo("Start Segue with")
    for name, value in (
        ("API", made.origin),
        ("APP", made.origin),
        ("CLIENT_ID", made.app.client_id),
        ("CLIENT_SECRET", made.app.client_secret),
        ("APP_ID", str(made.app.id)),
    ):
        click.echo(f"  SEGUE_HUBSPOT_{name}={value}")
