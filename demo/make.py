"""Rebuild the demo's clips: draw and speak each, then take it in by Segue's own ingest and package it.

`python -m demo.make [clip …]` needs the `demo` dependency group and Debian's `libttspico-utils` (component non-free).
What it writes, `demo/library/`, is checked in, so that nobody has to run it to see the demo.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.progress import Progress, TaskID

import web.tables  # noqa: F401 - every table, so that create_all makes them all
from demo.film import Take, still, take, webvtt, write
from demo.script import LANGUAGES, SHOTS
from plugin.kernel.database import Database, Entity
from plugin.kernel.seal import Vault
from plugin.media.encode import Effort
from plugin.media.ingest import ClipOrder, ingest
from plugin.media.library import export
from plugin.media.quality.records import hand_out
from plugin.media.store import LocalStore
from plugin.media.timeline import AiRole

LIBRARY = Path(__file__).resolve().parent / "library"
VOICE = {
    "en": AiRole("modified", "Synthetic voice", True),
    "es": AiRole("modified", "Voz sintética", True),
}
"""The voice is a machine's; the pictures were drawn by hand-written code, not by a trained model."""
EFFORT = Effort(crf=33.5, preset="veryslow")
"""Flat colours keep their edges at this rate; all clips together stay well under 20 MB."""


def takes(names: tuple[str, ...]) -> Iterator[Take]:
    """Every shot in every language, or the clips named."""
    for shot in SHOTS:
        for language in LANGUAGES:
            if not names or f"{shot.name}-{language}" in names:
                yield take(shot, language)


def order(one: Take) -> ClipOrder:
    """What ingest is told of a clip; the poster is a moment when everything stands."""
    return ClipOrder(
        name=one.name,
        title=one.shot.title[one.language],
        language=one.language,
        ai=VOICE[one.language],
        transcript=webvtt(one),
        effort=EFFORT,
        poster_at_s=one.length_s - 1.2,
    )


def build(names: tuple[str, ...], library: Path, progress: Progress) -> None:
    """Make the clips anew and replace their packages; clips that aren't asked for stay as they are."""
    todo = list(takes(names))
    task = progress.add_task("clips", total=len(todo) * 2)
    with tempfile.TemporaryDirectory(prefix="segue-demo-") as folder:
        work = Path(folder)
        database = Database(f"sqlite:///{work / 'demo.sqlite3'}")
        Entity.metadata.create_all(database.engine)
        store = LocalStore(work / "clips", Vault(bytes(32)), period_s=3600)
        for one in todo:
            _build_one(one, library, work, database, store, progress, task)
        database.dispose()


def _build_one(
    one: Take, library: Path, work: Path, database: Database, store: LocalStore, progress: Progress, task: TaskID
) -> None:
    source = work / f"{one.name}.mov"
    progress.update(task, description=f"{one.name}: drawing")
    write(one, source)
    progress.update(task, advance=1, description=f"{one.name}: encoding")
    ingest(database, store, work / "ingest", source, order(one))
    shutil.rmtree(library / one.name, ignore_errors=True)
    with database.reading() as session:
        hand_out(session, export(session, store, [one.name], library))
    source.unlink()
    progress.update(task, advance=1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, metavar="[CLIP]…")
@click.option("--stills", type=click.Path(path_type=Path), help="Only draw a PNG of each clip into this folder.")
@click.option("--at", default=-1.2, show_default=True, help="When, in seconds of the clip; negative from its end.")
def main(names: tuple[str, ...], stills: Path | None, at: float) -> None:
    """Rebuild all of the demo's clips, or those named."""
    if stills:
        stills.mkdir(parents=True, exist_ok=True)
        for one in takes(names):
            still(one, at % one.length_s).save(str(stills / f"{one.name}.png"))
        return
    with Progress() as progress:
        build(names, LIBRARY, progress)
    size = sum(path.stat().st_size for path in LIBRARY.rglob("*") if path.is_file())
    click.echo(f"{LIBRARY}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
