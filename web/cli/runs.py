"""Runs on the terminal, whatever CRM they are for: worked on here and watched, told when over, listed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from connectors.runs import run as runs
from connectors.runs.models import LinkRun
from connectors.runs.runner import LinkRunner
from connectors.runs.tally import GONE, ISSUED, REFUSED, REUSED, SUPPRESSED, members_done
from plugin.kernel.errors import SegueError
from plugin.kernel.settings import settings
from web.services import Services, make_services

LOOK_S = 0.5
PLAIN_EVERY_S = 5.0
SHOWN = 20
"""Members without a link told on the terminal."""
COLUMNS = (TextColumn("{task.fields[note]}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())


def follow(services: Services, runner: LinkRunner, run_id: str) -> LinkRun:
    """Work on it here, unless a worker does, until it is done or can't go on."""
    stop = Event()

    def work() -> None:
        while not stop.is_set():
            try:
                worked = runner.work_once()
            except SegueError:
                # The database is busy: it comes again.
                worked = False
            if not worked:
                stop.wait(LOOK_S)

    thread = Thread(target=work, name="runs", daemon=True)
    thread.start()
    try:
        return _watch(services, run_id)
    except KeyboardInterrupt:
        click.echo("stopped: run it again, or let the worker go on", err=True)
        sys.exit(130)
    finally:
        stop.set()
        runner.stop()
        thread.join(60)


def tell(run: LinkRun, member: str) -> int:
    """Say what became of it, `member` being what the CRM calls one; the exit code, 1: somebody got no link."""
    counts = run.counts
    told = [f"{counts.get(kind, 0):,} {kind}" for kind in (ISSUED, REUSED, SUPPRESSED, GONE, REFUSED)]
    click.echo(f"{run.source_name}: {members_done(counts):,} members: {', '.join(told)}")
    for member_id, why in run.refused[:SHOWN]:
        click.echo(f"{member} {member_id}: {why}", err=True)
    if run.state != runs.DONE:
        click.echo(f"{run.state}: {run.reason or 'by somebody'}", err=True)
    without = sum(counts.get(kind, 0) for kind in (SUPPRESSED, GONE, REFUSED))
    return 2 if run.state == runs.FAILED else 1 if without else 0


def show(found: Sequence[LinkRun], source: str) -> None:
    """Runs as a table, `source` being what the CRM calls where its people are kept."""
    table = Table("run", source, "state", "members", "begun", "", box=None, pad_edge=False)
    for each in found:
        members = f"{members_done(each.counts):,}" + ("" if each.size is None else f" of {each.size:,}")
        begun = f"{each.started_at:%Y-%m-%d %H:%M}Z"
        table.add_row(each.id, Text(each.source_name), each.state, members, begun, Text(each.reason or ""))
    Console().print(table if found else "none")


def add_steering(group: click.Group) -> None:
    """Give a group of a CRM's runs the commands that pause one, go on with it, and end it."""
    for act, words, done in (
        (runs.pause, "Stop a RUN after the page under way; it can go on later.", "paused"),
        (runs.resume, "Go on with a RUN where it stopped, in the worker; also after a failure you mended.", "goes on"),
        (runs.cancel, "End a RUN for good; links that were made stay.", "ended"),
    ):
        group.add_command(_steering(act, words, done))


def _steering(act: Callable[..., LinkRun], words: str, done: str) -> click.Command:
    @click.command(act.__name__, help=words)
    @click.argument("run")
    def command(run: str) -> None:
        services = make_services(settings())
        with services.database.transaction() as session:
            found = act(session, run, clock=services.clock)
        click.echo(f"{found.source_name}: {done}")

    return command


def _watch(services: Services, run_id: str) -> LinkRun:
    told = time.monotonic()
    with Progress(*COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("links", total=None, note="")
        while True:
            with services.database.reading() as session:
                run = runs.look(session, run_id)
            done = members_done(run.counts)
            waits = run.reason if run.lease is None and run.reason else ""
            bar.update(task, total=run.size, completed=done, note=f"{done:,} members{'  ' * bool(waits)}{waits}")
            if run.state != runs.RUNNING:
                return run
            if bar.disable and time.monotonic() - told >= PLAIN_EVERY_S:
                told = time.monotonic()
                click.echo(f"{done:,} members {waits}".rstrip(), err=True)
            time.sleep(LOOK_S)
