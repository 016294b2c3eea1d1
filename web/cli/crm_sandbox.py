"""`segue crm sandbox …`: a CRM on this machine that stands in for a real one, to try the whole install."""

from __future__ import annotations

import threading

import click

from plugin.kernel.errors import BadInput
from web.cli.crm_sandbox_salesforce import salesforce

_TIERS = click.Choice(["free", "starter", "professional", "enterprise"])


@click.group()
def sandbox() -> None:
    """CRMs on this machine that stand in for real ones."""


sandbox.add_command(salesforce)


@sandbox.command()
@click.option("--port", default=8300, show_default=True)
@click.option("--tier", type=_TIERS, default="enterprise", show_default=True, help="What the account has paid for.")
@click.option("--app-origin", default="http://127.0.0.1:8000", show_default=True, help="Where Segue is.")
@click.option("--client-id", help="Of the OAuth app; one is given when left out.")
@click.option("--client-secret", help="Of the OAuth app; one is given when left out.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where consent may come back to.")
@click.option("--webhooks/--no-webhooks", default=True, show_default=True, help="Tell Segue of changed contacts.")
@click.option("--app-events", is_flag=True, help="As if HubSpot had approved the app for app events.")
@click.option("--empty", is_flag=True, help="Without the twelve contacts, their companies, deals and list.")
def hubspot(
    port: int,
    tier: str,
    app_origin: str,
    client_id: str | None,
    client_secret: str | None,
    redirect_uris: tuple[str, ...],
    webhooks: bool,
    app_events: bool,
    empty: bool,
) -> None:
    """A HubSpot with pages to click through, until Ctrl-C; all it holds is forgotten then."""
    from connectors.hubspot.sandbox import Sandbox

    made = Sandbox(port, tier=tier, seeded=not empty)
    app = made.app
    app.origin, app.redirect_uris, app.webhooks, app.app_events = app_origin, [*redirect_uris], webhooks, app_events
    app.client_id, app.client_secret = client_id or app.client_id, client_secret or app.client_secret
    try:
        made.start()
    except OSError as error:
        raise BadInput(f"port {port} can't be used ({error.strerror}): try --port") from None
    click.echo(f"HubSpot    {made.origin}")
    click.echo("Start Segue with")
    for name, value in (
        ("API", made.origin),
        ("APP", made.origin),
        ("CLIENT_ID", app.client_id),
        ("CLIENT_SECRET", app.client_secret),
        ("APP_ID", str(app.id)),
    ):
        click.echo(f"  SEGUE_HUBSPOT_{name}={value}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        made.stop()
