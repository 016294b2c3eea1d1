"""`segue clip`: add, list, show, withdraw, export and import clips."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from sqlalchemy import select

from plugin.media import library
from plugin.media.catalogue import restore, withdraw
from plugin.media.encode import Effort
from plugin.media.ingest import ClipOrder, ingest
from plugin.media.models import Clip
from plugin.media.quality.records import Standing, hand_out, reports_in, standing_of, standings
from plugin.media.quality.report import Verdict
from plugin.media.timeline import FRAME_RATE, AiRole
from web.cli.clip_check import approve_, check, check_unchecked, rules
from web.cli.reading import opened, words_of

_PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@click.group(help="Add, list, check and withdraw clips.")
def command() -> None:
    """The group; each command opens what it needs."""


command.add_command(check)
command.add_command(approve_)
command.add_command(rules)


@command.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What storyboards call it, such as offer-gold-es; the file's name when left out.")
@click.option("--title", required=True, help="For people: shown in the player and the library.")
@click.option("--language", required=True, help="BCP 47, such as en or es-MX.")
@click.option("--transcript", type=click.Path(path_type=Path), help="What is said: .vtt with times, or .txt without.")
@click.option("--ai", type=click.Choice(["none", "modified", "generated"]), default="none", show_default=True)
@click.option("--ai-note", default="", help="What a machine made, in words for the viewer.")
@click.option("--voice-synthetic", is_flag=True, help="The voice is not a person's.")
@click.option("--presenter", is_flag=True, help="Somebody speaks to the viewer; the check looks for them.")
@click.option("--crf", type=click.FloatRange(10, 40), default=23.0, show_default=True, help="x264's rate factor.")
@click.option("--preset", type=click.Choice(_PRESETS[2:]), default="medium", show_default=True)
@click.option("--poster-at", type=click.FloatRange(min=0), help="Seconds into the clip; two fifths in when left out.")
def add(
    file: Path,
    name: str | None,
    title: str,
    language: str,
    transcript: Path | None,
    ai: str,
    ai_note: str,
    voice_synthetic: bool,
    presenter: bool,
    crf: float,
    preset: str,
    poster_at: float | None,
) -> None:
    """Encode FILE to the clip contract and keep it; anything unfit is refused with the reason."""
    order = ClipOrder(
        name=name or file.stem.lower().replace("_", "-").replace(" ", "-"),
        title=title,
        language=language,
        ai=AiRole(ai, ai_note, voice_synthetic),
        transcript=words_of(transcript),
        presenter=presenter,
        effort=Effort(crf, preset),
        poster_at_s=poster_at,
    )
    with opened() as services, _bar() as bar:
        task = bar.add_task("checking", total=1.0)
        done = ingest(
            services.database,
            services.store,
            services.settings.data_dir / "work",
            file,
            order,
            progress=lambda step, fraction: bar.update(task, description=step, completed=fraction),
        )
    what = "Added" if done.fresh else "There already:"
    files = " ".join(done.renditions)
    click.echo(f"{what} {done.name}  {done.frames / FRAME_RATE:.2f} s  {files}  {done.loudness_lufs:.1f} LUFS")
    _tell_verdict(done.name, done.verdict)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """Every clip, withdrawn ones marked."""
    with opened() as services, services.database.reading() as session:
        clips = session.scalars(select(Clip).order_by(Clip.name)).all()
        standing = standings(session, [clip.id for clip in clips])
        rows = [_summary(clip, standing[clip.id]) for clip in clips]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    # Names are typed into other commands: whatever gets narrow, they stay whole.
    longest = max((len(str(row["name"])) for row in rows), default=0)
    table = Table(
        Column("name", min_width=longest),
        "title",
        "language",
        "seconds",
        "renditions",
        "LUFS",
        "AI",
        "check",
        "state",
        box=None,
    )
    for row in rows:
        table.add_row(*(str(value) if key != "renditions" else " ".join(value) for key, value in row.items()))
    Console().print(table)


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """One clip: its files, loudness, label and words."""
    with opened() as services, services.database.reading() as session:
        clip = library.clip_named(session, name)
        standing = standing_of(session, clip)
        for key, value in _summary(clip, standing).items():
            click.echo(f"{key:<11} {' '.join(value) if isinstance(value, list) else value}")
        click.echo(f"{'ai note':<11} {clip.ai_note or '–'}{' (synthetic voice)' if clip.voice_synthetic else ''}")
        click.echo(f"{'source':<11} sha256 {clip.source_sha256}")
        for file in clip.renditions:
            click.echo(f"{file.name:<11} {file.size:>9} bytes  average {file.average_bps // 1000} kbit/s  {file.key}")
        for finding in standing.report.findings if standing.report else ():
            by = standing.approved.get(finding.kind)
            click.echo(f"{finding.verdict:<11} {finding.text}" + (f" ({by} said yes)" if by else ""))
        for cue in clip.cues:
            click.echo(f"{cue['start_s']:>7.2f}–{cue['end_s']:.2f}  {cue['text']}")


@command.command("withdraw")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Put it back into use.")
def withdraw_(name: str, undo: bool) -> None:
    """Take a clip out of use: no video is made with it, and those that hold it are gone."""
    with opened() as services, services.database.transaction() as session:
        (restore if undo else withdraw)(session, name)
    click.echo(f"{'Back in use' if undo else 'Withdrawn'}: {name}")


@command.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("names", nargs=-1)
def export(folder: Path, names: tuple[str, ...]) -> None:
    """Write clips as packages into FOLDER/<name>; all of them when no NAMES are given."""
    with opened() as services, services.database.reading() as session, _bar() as bar:
        bar.add_task("copying", total=None)
        written = library.export(session, services.store, names, folder)
        hand_out(session, written)
    click.echo(f"Exported {len(written)} clips to {folder}")


@command.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def import_(folder: Path) -> None:
    """Take in the packaged clips under FOLDER, checking every byte and encoding none."""
    with opened() as services:
        with _bar() as bar:
            bar.add_task("checking and copying", total=None)
            reports = reports_in(folder)
            with services.database.transaction() as session:
                clips = library.import_(session, services.store, folder)
                lasting = library.lasting_s(clips)
        names = [clip.name for clip in clips]
        # Reports of others are not taken on trust, but what they say of a source can't be seen in the clip.
        known = {clip.name: reports[clip.content_sha256].findings for clip in clips if clip.content_sha256 in reports}
        check_unchecked(services, names, known)
        with services.database.reading() as session:
            verdicts = {name: standing_of(session, library.clip_named(session, name)).verdict for name in names}
    click.echo(f"{len(clips)} clips in the library, {lasting:.0f} s")
    for name, verdict in verdicts.items():
        _tell_verdict(name, verdict)


def _tell_verdict(name: str, verdict: Verdict | None) -> None:
    """Say what the check found, when there is something to do about it."""
    if verdict == Verdict.LOOK:
        click.echo(f"A person has to look at {name}: segue clip show {name}")
    elif verdict == Verdict.FAIL:
        click.echo(f"{name} failed its check and can't be published: segue clip show {name}")


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _summary(clip: Clip, standing: Standing) -> dict[str, str | list[str]]:
    return {
        "name": clip.name,
        "title": clip.title,
        "language": clip.language,
        "seconds": f"{clip.frames / FRAME_RATE:.2f}",
        "renditions": [file.name for file in clip.renditions],
        "LUFS": f"{clip.loudness_lufs:.1f}",
        "AI": clip.ai_role,
        "check": standing.verdict or "never",
        "state": "withdrawn" if clip.withdrawn_at else "in use",
    }
