"""`segue crm sandbox …`: a CRM on this machine that stands in for a real one, to try the whole install."""

from __future__ import annotations

import click

from web.cli.crm_sandbox_hubspot import hubspot
from web.cli.crm_sandbox_salesforce import salesforce


@click.group()
def sandbox() -> None:
    """CRMs on this machine that stand in for real ones."""


sandbox.add_command(hubspot)
sandbox.add_command(salesforce)
