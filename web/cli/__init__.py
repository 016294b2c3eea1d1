"""`segue`, the operator's tool: one file per subject, loaded only when its command is asked for."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from plugin.kernel.errors import SegueError

SUBJECTS = {
    "campaign": "Check, publish and list campaigns.",
    "clip": "Add, list, check and withdraw clips.",
    "crm": "Look at the embedded CRM, or start a stand-in for another.",
    "db": "Create, migrate and prune the database.",
    "demo": "Load the demo campaign.",
    "hubspot": "Connect HubSpot, and make the app it installs.",
    "keys": "Show and rotate the keys that sign links.",
    "link": "Issue, inspect and revoke links.",
    "member": "People who may sign in.",
    "outbox": "What is owed to the CRM, and what can't be delivered.",
    "salesforce": "Connect a Salesforce org, and make the package it deploys.",
    "serve": "Serve the pages.",
    "worker": "Deliver what is owed to the CRM.",
}


class _Lazy(click.Group):
    """Finds a command in the file of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBJECTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBJECTS:
            return None
        command: click.Command = import_module(f"web.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBJECTS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="segue")
def cli() -> None:
    """Segue: personalised video beside the CRM you already have."""


def main() -> None:
    """Run, and say a foreseen failure in one line with exit code 2."""
    try:
        cli(standalone_mode=True)
    except SegueError as error:
        click.echo(f"segue: {error}", err=True)
        sys.exit(2)
