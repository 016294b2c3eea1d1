"""`segue serve`: the pages, under granian; with `--demo`, everything a newcomer needs in one command."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence

import click

from plugin.kernel.errors import BadInput
from plugin.kernel.migrate import migrate
from plugin.kernel.settings import settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes.")
@click.option("--threads", default=32, show_default=True, help="Requests at once in each process.")
@click.option("--demo", is_flag=True, help="Load the demo, open the embedded CRM to this machine, deliver in-process.")
def command(host: str, port: int, workers: int, threads: int, demo: bool) -> None:
    """Serve the pages."""
    _need_free(host, port)
    # The worker processes read their settings from the environment.
    os.environ.setdefault("SEGUE_PUBLIC_ORIGIN", f"http://{host}:{port}")
    if demo:
        os.environ.setdefault("SEGUE_CRM_OPEN", "true")
        os.environ.setdefault("SEGUE_INLINE_WORKER", "true")
        os.environ.setdefault("SEGUE_LOG_LEVEL", "warning")
        click.echo("Starting Segue with its demo …")
    settings.cache_clear()
    lines = _prepare(demo)
    threading.Thread(target=_announce, args=(f"http://{host}:{port}", lines), daemon=True).start()
    _run(host, port, workers, threads)


def _prepare(demo: bool) -> Sequence[str]:
    from web.services import make_services

    services = make_services(settings())
    migrate(services.database)
    if not demo:
        services.database.dispose()
        return [f"Serving    {settings().public_origin}"]
    from demo.load import CAMPAIGN_SLUG, load

    links = load(services)
    services.database.dispose()
    origin = settings().public_origin
    return [
        *(f"Recipient  {link.name}  {link.url}" for link in links),
        f"CRM        {origin}/crm",
        f"Public     {origin}/c/{CAMPAIGN_SLUG}",
    ]


def _need_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"{host}:{port} can't be used ({error.strerror}): try --port, or PORT=8001 make run"
            ) from None


def _announce(address: str, lines: Sequence[str]) -> None:
    """Print the addresses once they answer, so that no one clicks too early."""
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=1):  # noqa: S310 - our own http address
                break
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    else:
        click.echo("segue: the server does not answer; see the messages above", err=True)
        return
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _run(host: str, port: int, workers: int, threads: int) -> None:
    # A forked worker would inherit what preparing left behind: open connections, and pools of threads it doesn't have.
    multiprocessing.set_start_method("spawn", force=True)
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backlog=1024,
        log_enabled=settings().log_level == "debug",
        workers_kill_timeout=10,
    ).serve()
