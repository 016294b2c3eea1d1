"""`segue clip check` and `segue clip approve`: what a machine finds in clips, and a person's yes to it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.find import find_version, published_campaigns
from plugin.campaigns.lint_quality import joins
from plugin.campaigns.parse import parse
from plugin.campaigns.publish import clip_names, clip_standings, usable_clips
from plugin.campaigns.storyboard import Storyboard
from plugin.kernel.errors import BadInput, NotFound, SegueError
from plugin.media.library import clip_named
from plugin.media.models import Clip
from plugin.media.quality.check import check_clip
from plugin.media.quality.examine import examine_file
from plugin.media.quality.records import Standing, approve, standing_of, standings, to_be_checked
from plugin.media.quality.report import Finding, Report, Verdict
from web.cli.clip_report import as_html, as_json, as_table
from web.cli.clip_say import Looked, Tell, say, telling
from web.cli.reading import document_of, opened, words_of
from web.services import Services

EXIT = {Verdict.PASS: 0, Verdict.LOOK: 1, Verdict.FAIL: 2}


@click.command()
@click.argument("targets", nargs=-1, metavar="[FILE|NAME]…")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every clip in use without a report by the present rules, and all joints of what is published.",
)
@click.option(
    "--storyboard",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also every joint its videos can have; without FILE or NAME, its clips.",
)
@click.option("--transcript", type=click.Path(path_type=Path), help="Of FILE: .vtt with times, or .txt without.")
@click.option("--script", type=click.Path(path_type=Path), help="What should be said: captions are held to it.")
@click.option("--presenter", is_flag=True, help="FILE promises somebody who speaks to the viewer.")
@click.option("--json", "json_to", type=click.Path(path_type=Path), help="Write the reports there; - is the terminal.")
@click.option("--html", "html_to", type=click.Path(path_type=Path), help="Write them there as a page with pictures.")
def check(
    targets: tuple[str, ...],
    everything: bool,
    storyboard: Path | None,
    transcript: Path | None,
    script: Path | None,
    presenter: bool,
    json_to: Path | None,
    html_to: Path | None,
) -> None:
    """Look at clips, or at files that may become some: 0 all pass, 1 somebody has to look, 2 one fails."""
    if not targets and not everything and storyboard is None:
        raise BadInput("name a FILE or a NAME, or say --all or --storyboard")
    board = None if storyboard is None else parse(document_of(storyboard))
    files = [target for target in targets if Path(target).is_file()]
    names = [target for target in targets if target not in files]
    if (transcript or presenter) and (names or not files):
        raise BadInput("--transcript and --presenter are said of a FILE; a clip's own were said when it was added")
    for place in (json_to, html_to):
        if place is not None and not place.absolute().parent.is_dir():
            raise BadInput(f"can't write {place}: there is no such folder")
    fields = None if board is None else [one.name for one in board.fields]
    wish = _Wish(words_of(script), fields, show=bool(json_to or html_to))
    looked = Looked()
    with telling() as tell:
        for file in files:
            with _refusals_kept(looked, Path(file).name):
                report = examine_file(
                    Path(file),
                    transcript=words_of(transcript),
                    script=wish.script,
                    presenter=presenter,
                    fields=fields,
                    show=wish.show,
                    progress=tell(Path(file).name),
                )
                looked.reports.append((report, Standing(report, {})))
        if names or everything or board:
            with opened() as services:
                _look_in_library(services, looked, names, everything, board, wish, tell)
    _write(looked, json_to, html_to)
    if str(json_to) != "-":
        say(looked)
    sys.exit(EXIT[looked.verdict])


@click.command("approve")
@click.argument("name")
@click.option("--by", required=True, help="The e-mail address of the admin or approver who looked.")
@click.option("--note", required=True, help="Why it may be used as it is.")
def approve_(name: str, by: str, note: str) -> None:
    """Say yes to what a person had to look at in a clip; the yes holds for this very clip and what was found in it."""
    with opened() as services, services.database.transaction() as session:
        kinds = approve(session, name, by=by, note=note)
    click.echo(f"{by} said yes to {name}: {', '.join(kinds)}")


@click.command()
def rules() -> None:
    """Print every check with its limits and where they are from, as a Markdown table."""
    click.echo(as_table())


# -- looking ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wish:
    script: str
    fields: Collection[str] | None
    show: bool


def _look_in_library(
    services: Services,
    looked: Looked,
    names: Sequence[str],
    everything: bool,
    board: Storyboard | None,
    wish: _Wish,
    tell: Tell,
) -> None:
    with services.database.reading() as session:
        for name in names:
            _known(session, name)
        todo = dict.fromkeys(names)
        if everything:
            todo |= dict.fromkeys(to_be_checked(session))
        if board is not None:
            named = clip_names(board)
            fresh = named if not names and not everything else to_be_checked(session, named)
            todo |= dict.fromkeys(name for name in sorted(fresh) if name in usable_clips(session, named))
    reports: dict[str, Report] = {}
    for name in todo:
        with _refusals_kept(looked, name):
            reports[name] = _check(services, name, wish, tell)
    with services.database.reading() as session:
        for name, report in reports.items():
            standing = standing_of(session, clip_named(session, name))
            # What a script brought up isn't kept, so it can't have been said yes to.
            looked.reports.append((report, Standing(report, standing.approved)))
        if everything:
            query = select(Clip).where(Clip.withdrawn_at.is_(None), Clip.name.not_in(todo)).order_by(Clip.name)
            for clip in session.scalars(query):
                standing = standing_of(session, clip)
                if standing.report is not None:
                    looked.reports.append((standing.report, standing))
            looked.joins |= _published_joins(session)
        if board is not None:
            looked.joins |= joins(board, clip_standings(session, usable_clips(session, clip_names(board))))


def _published_joins(session: Session) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """The joints of every video people may be getting now, of the very clips they were published with."""
    out: dict[tuple[str, str], tuple[Finding, ...]] = {}
    for campaign in published_campaigns(session):
        version = find_version(session, campaign.slug)
        found = standings(session, version.clip_ids.values())
        out |= joins(parse(version.document), {name: found[clip_id] for name, clip_id in version.clip_ids.items()})
    return out


def check_unchecked(
    services: Services, names: Collection[str], known: Mapping[str, Sequence[Finding]] | None = None
) -> None:
    """Look at those of the named clips that nobody looked at yet, with a bar on the terminal.

    `known` is, by name, what was found in the file a clip was made of.
    """
    with services.database.reading() as session:
        todo = to_be_checked(session, names)
    with telling() as tell:
        for name in todo:
            _check(services, name, _Wish("", None, show=False), tell, (known or {}).get(name))


def _check(services: Services, name: str, wish: _Wish, tell: Tell, known: Sequence[Finding] | None = None) -> Report:
    return check_clip(
        services.database,
        services.store,
        name,
        script=wish.script,
        fields=wish.fields,
        known=known,
        show=wish.show,
        progress=tell(name),
        clock=services.clock,
    )


@contextmanager
def _refusals_kept(looked: Looked, name: str) -> Iterator[None]:
    """One that can't be looked at must not take the others with it."""
    try:
        yield
    except SegueError as error:
        looked.refused.append((name, str(error)))


def _known(session: Session, name: str) -> None:
    try:
        clip_named(session, name)
    except NotFound:
        raise NotFound(f"{name!r} is neither a file nor a clip") from None


# -- telling ----------------------------------------------------------------------------------------


def _write(looked: Looked, json_to: Path | None, html_to: Path | None) -> None:
    for place, text in ((json_to, as_json), (html_to, as_html)):
        if place is None:
            continue
        written = text(looked)
        try:
            if str(place) == "-":
                click.echo(written)
            else:
                place.write_text(written, encoding="utf-8")
        except OSError as error:
            raise BadInput(f"can't write {place}: {error.strerror}") from None
