"""`segue worker`: delivers what is owed to the CRM until it is told to stop."""

from __future__ import annotations

import signal
from threading import Event

import click

from plugin.kernel import logs
from plugin.kernel.settings import settings
from web import worker
from web.services import make_services


@click.command()
@click.option("--until-idle", is_flag=True, help="Stop when nothing is due: for a cron job, or after an import.")
def command(until_idle: bool) -> None:
    """Deliver what is owed to the CRM.

    Several may run at once. SIGTERM and Ctrl-C finish the batch in hand, then stop; a killed worker's messages
    are taken over when its lease ends, within a minute.
    """
    logs.configure(settings().log_level)
    services = make_services(settings())
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(worker.steps_of(services), stop, until_idle=until_idle)
    services.database.dispose()
