"""`segue link`: issue, inspect, list and withdraw links."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.find import find_campaign
from plugin.campaigns.models import Campaign
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.settings import settings
from plugin.links import find
from plugin.links.address import address, token_in
from plugin.links.errors import LinkInvalid, LinkUnknown
from plugin.links.issue import LinkOrder, issue
from plugin.links.issue_sheet import REFUSED_HEADER, SheetOrder, Tally, issue_sheet, refused_row
from plugin.links.revoke import revoke, revoke_of
from plugin.links.sheet import Refused, Sheet, SheetWriter
from plugin.recipients.enrol import enrol
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef
from web.services import Services, make_services

SHOWN = 20
"""Refused rows told on the terminal when there is no errors file."""
PLAIN_EVERY_S = 5.0

PASTED = {"ignore_unknown_options": True}
"""Ids and tokens may begin with a dash."""


@click.group()
def command() -> None:
    """Issue, inspect and revoke links."""


@command.command("issue")
@click.option("--campaign", required=True, metavar="SLUG", help="What the links lead to.")
@click.option("--contact", metavar="ID", help="One CRM record; prints its link.")
@click.option("--type", "external_type", default="contact", show_default=True, help="The CRM's type of record.")
@click.option("--csv", "source", metavar="FILE", help="Many: a CSV with a column external_id. - reads standard input.")
@click.option("--out", metavar="FILE", help="Where the same rows go, with link, expires_at and status. - is output.")
@click.option("--errors", metavar="FILE", help="Where rows without a link go [default: beside --out].")
@click.option("--id-column", default="external_id", show_default=True, help="The column that names the CRM record.")
@click.option("--encoding", help="The file's encoding; found out when left out.")
@click.option("--prefix", default="", help="Put before the names of the columns that are added.")
@click.option("--raw", is_flag=True, help="Don't defuse cells that a spreadsheet would run as formulas.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long new links live [default: SEGUE_LINK_DAYS].")
@click.option("--renew-within", type=click.IntRange(0), default=0, help="Don't reuse links with fewer days left.")
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
def issue_command(
    campaign: str,
    contact: str | None,
    external_type: str,
    source: str | None,
    out: str | None,
    errors: str | None,
    id_column: str,
    encoding: str | None,
    prefix: str,
    raw: bool,
    days: int | None,
    renew_within: int,
    quiet: bool,
) -> None:
    """Give people their links; whoever has a live one keeps it.

    Rows that can't be read and people who are suppressed get no link and don't appear in the output; the errors file
    names them by line, and the exit code is then 1. Stop it when you like: run it again and it goes on, with the same
    links.
    """
    if (contact is None) == (source is None):
        raise BadInput("pass either --contact ID or --csv FILE")
    services = make_services(settings())
    found = _published(services, campaign)
    days = days or services.settings.link_days
    if contact is not None:
        ref = ExternalRef(found.installation_id, external_type, contact)
        click.echo(_issue_one(services, found, ref, days, renew_within))
        return
    if out is None:
        raise BadInput("pass --out FILE (or --out - for standard output)")
    order = SheetOrder(
        found.id,
        found.installation_id,
        services.settings.public_origin,
        days=days,
        renew_days=renew_within,
        id_column=id_column,
        external_type=external_type,
        prefix=prefix,
    )
    assert source is not None
    tally = _issue_csv(services, order, source, out, errors, encoding=encoding, raw=raw, quiet=quiet)
    sys.exit(1 if tally.refused or tally.suppressed else 0)


@command.command(context_settings=PASTED)
@click.argument("link")
def show(link: str) -> None:
    """Say where a link stands (its address or token), and nothing of whose it is. Exit code 0: it is live."""
    services = make_services(settings())
    try:
        with services.database.reading() as session:
            found = find.look(session, token_in(link), keyring=services.keyring)
    except (LinkInvalid, LinkUnknown) as error:
        click.echo(f"status    {'invalid' if isinstance(error, LinkInvalid) else 'unknown'}: {error}")
        sys.exit(1)
    click.echo(f"status    {_explained(found)}")
    click.echo(f"link      {found.id}")
    click.echo(f"campaign  {found.campaign_slug}")
    click.echo(f"issued    {found.issued_at:%Y-%m-%d %H:%M}Z")
    click.echo(f"expires   {found.expires_at:%Y-%m-%d %H:%M}Z")
    click.echo(f"key       {found.kid}")
    sys.exit(0 if found.state == "live" else 1)


@command.command("revoke", context_settings=PASTED)
@click.argument("links", nargs=-1)
@click.option("--campaign", metavar="SLUG", help="With --contact: every link of that person to that campaign.")
@click.option("--contact", metavar="ID")
@click.option("--type", "external_type", default="contact", show_default=True)
def revoke_command(links: tuple[str, ...], campaign: str | None, contact: str | None, external_type: str) -> None:
    """Withdraw links, by address, token or link id; it can't be undone."""
    services = make_services(settings())
    if (campaign is None) != (contact is None) or bool(links) == (contact is not None):
        raise BadInput("pass links, or --campaign SLUG and --contact ID")
    if campaign is not None and contact is not None:
        with services.database.transaction() as session:
            found = find_campaign(session, campaign)
            taken = revoke_of(session, found.id, _recipient(session, found, external_type, contact))
        click.echo(f"{taken} withdrawn")
        return
    for link in links:
        with services.database.transaction() as session:
            click.echo("withdrawn" if revoke(session, _link_id(session, services, link)) else "withdrawn already")


@command.command("list")
@click.option("--campaign", required=True, metavar="SLUG")
@click.option("--state", type=click.Choice(["live", "expired", "revoked"]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
def list_command(campaign: str, state: find.State | None, limit: int, as_csv: bool) -> None:
    """List a campaign's links."""
    services = make_services(settings())
    with services.database.reading() as session:
        links = find.list_links(session, find_campaign(session, campaign).id, state=state, limit=limit)
    header = ("link", "state", "issued", "expires", "key")
    rows = [
        (link.id, link.state, f"{link.issued_at:%Y-%m-%d %H:%M}Z", f"{link.expires_at:%Y-%m-%d %H:%M}Z", link.kid)
        for link in links
    ]
    if as_csv:
        csv.writer(sys.stdout).writerows([header, *rows])
        return
    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table if rows else "none")


# -- one ----------------------------------------------------------------------


def _published(services: Services, slug: str) -> Campaign:
    with services.database.reading() as session:
        campaign = find_campaign(session, slug)
    if campaign.published_version is None:
        raise BadInput(f"{slug!r} isn't published yet, so its links would lead nowhere: segue campaign publish")
    return campaign


def _issue_one(services: Services, campaign: Campaign, ref: ExternalRef, days: int, renew_days: int) -> str:
    with services.database.transaction() as session:
        order = LinkOrder(campaign.id, enrol(session, ref))
        link = issue(session, order, keyring=services.keyring, clock=services.clock, days=days, renew_days=renew_days)
    return address(services.settings.public_origin, link.token)


def _explained(link: find.LinkStatus) -> str:
    if link.revoked_at:
        return f"revoked on {link.revoked_at:%Y-%m-%d %H:%M}Z"
    return "live" if link.state == "live" else "expired"


def _link_id(session: Session, services: Services, text: str) -> str:
    token = token_in(text)
    if token.count(".") != 2:
        return token
    return find.look(session, token, keyring=services.keyring).id


def _recipient(session: Session, campaign: Campaign, external_type: str, external_id: str) -> str:
    asked = select(Recipient.id).filter_by(
        installation_id=campaign.installation_id, external_type=external_type, external_id=external_id
    )
    found = session.scalar(asked)
    if found is None:
        raise NotFound("no link was ever made for that record")
    return found


# -- a sheet ------------------------------------------------------------------


def _issue_csv(
    services: Services,
    order: SheetOrder,
    source: str,
    out: str,
    errors: str | None,
    *,
    encoding: str | None,
    raw: bool,
    quiet: bool,
) -> Tally:
    with ExitStack() as stack:
        incoming, size = stack.enter_context(_opened(source))
        sheet = Sheet(incoming, order.id_column, encoding=encoding)
        refused_path = errors or (None if out == "-" else f"{out}.errors.csv")
        refusals = _Refusals(refused_path, sheet.delimiter)
        stack.enter_context(refusals)
        # Last in, first out: the output gets its name before the errors file does, and neither on failure.
        writer = SheetWriter(stack.enter_context(_target(out)), delimiter=sheet.delimiter, mark=sheet.has_mark, raw=raw)
        stack.callback(writer.finish)
        with _progress(sheet, size, quiet) as progress:
            tally = issue_sheet(
                services.database,
                order,
                sheet,
                keyring=services.keyring,
                write=writer.write,
                refuse=refusals.add,
                progress=progress,
                clock=services.clock,
            )
    if not quiet:
        _summarise(tally, refusals)
    return tally


def _summarise(tally: Tally, refusals: _Refusals) -> None:
    click.echo(
        f"{tally.rows:,} rows: {tally.issued:,} links issued, {tally.reused:,} reused, "
        f"{tally.suppressed:,} suppressed, {tally.refused:,} refused",
        err=True,
    )
    if refusals.path and refusals.count:
        click.echo(f"rows without a link: {refusals.path}", err=True)
    for each in refusals.first:
        click.echo(f"line {each.line}: {each.reason}", err=True)
    if refusals.count > len(refusals.first) and not refusals.path:
        click.echo(f"… and {refusals.count - len(refusals.first):,} more; --errors FILE keeps them all", err=True)


class _Refusals:
    """Rows without a link: into a file when there is a place for one, the first few onto the terminal."""

    def __init__(self, path: str | None, delimiter: str) -> None:
        self.path = path
        self.count = 0
        self.first: list[Refused] = []
        self._delimiter = delimiter
        self._stack = ExitStack()
        self._writer: SheetWriter | None = None

    def __enter__(self) -> _Refusals:
        return self

    def add(self, refused: Refused) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(refused)
        if self.path is not None:
            if self._writer is None:
                self._writer = SheetWriter(self._stack.enter_context(_target(self.path)), delimiter=self._delimiter)
                self._writer.write(REFUSED_HEADER)
            self._writer.write(refused_row(refused))

    def __exit__(self, *failure: object) -> None:
        if self._writer is not None:
            self._writer.finish()
        elif failure[0] is None and self.path not in (None, "-"):
            # What an earlier run refused has been put right.
            Path(str(self.path)).unlink(missing_ok=True)
        self._stack.__exit__(*failure)  # type: ignore[arg-type]


@contextmanager
def _opened(path: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """The file and its size, or standard input and None."""
    if path == "-":
        yield sys.stdin.buffer, None
        return
    try:
        file = open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise BadInput(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    with file:
        yield file, os.fstat(file.fileno()).st_size or None


@contextmanager
def _target(path: str) -> Iterator[IO[bytes]]:
    """A file that gets its name only when it is whole and on disk; or standard output, at once."""
    if path == "-":
        yield sys.stdout.buffer
        return
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        file = draft.open("wb")
    except OSError as error:
        raise BadInput(f"{path}: {(error.strerror or 'not writable').lower()}") from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _progress(sheet: Sheet, size: int | None, quiet: bool) -> Iterator[Callable[[Tally], None]]:
    """A bar with rate and time left on a terminal, a line now and then in a log."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task("links", total=size, rows="0", rate="")
            began = time.monotonic()

            def advance(tally: Tally) -> None:
                rate = tally.rows / max(0.001, time.monotonic() - began)
                bar.update(task, completed=sheet.bytes_read, rows=f"{tally.rows:,}", rate=f"{rate:,.0f}/s")

            yield advance
    else:
        yield _plain_progress(sheet, size)


def _bar() -> Progress:
    columns = (
        TextColumn("{task.fields[rows]} rows"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))


def _plain_progress(sheet: Sheet, size: int | None) -> Callable[[Tally], None]:
    began = told = time.monotonic()

    def advance(tally: Tally) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told < PLAIN_EVERY_S:
            return
        told = now
        share = f" ({sheet.bytes_read / size:.0%})" if size else ""
        click.echo(f"{tally.rows:,} rows{share}, {tally.rows / (now - began):,.0f}/s", err=True)

    return advance
