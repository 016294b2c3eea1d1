"""A handful of clips, ingested once for the whole session, and a place to ingest more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.media import library
from plugin.media.assembly import AssemblyMedia
from plugin.media.catalogue import assemble, load_assembly
from plugin.media.encode import Effort
from plugin.media.ingest import ClipOrder, Ingested, ingest
from plugin.media.store import LocalStore
from plugin.media.timeline import AiRole
from tests.plugin.media.films import make_film

QUICK = Effort(crf=32, preset="veryfast")
VAULT = Vault(bytes(range(32)))


@dataclass
class Studio:
    """A database, a store and a work folder of its own."""

    database: Database
    store: LocalStore
    folder: Path

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def ingest(self, source: Path, name: str, **given: object) -> Ingested:
        order = replace(ClipOrder(name, f"About {name}", "en", effort=QUICK), **given)  # type: ignore[arg-type]
        return ingest(self.database, self.store, self.work, source, order)

    def left_behind(self) -> list[str]:
        """Every file but the database's."""
        return [
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and "sqlite" not in path.name and "sources" not in path.parts
        ]

    def assembly(self, *names: str) -> AssemblyMedia:
        with self.database.transaction() as session:
            ids = [library.clip_named(session, name).id for name in names]
            made = assemble(session, VAULT, ids)
            return load_assembly(session, made)


def open_studio(folder: Path, template: Path) -> Studio:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, folder / "segue.sqlite3")
    database = Database(f"sqlite:///{folder / 'segue.sqlite3'}")
    return Studio(database, LocalStore(folder / "clips", VAULT, period_s=3600), folder)


@pytest.fixture
def studio(tmp_path: Path, sqlite_template: Path) -> Iterator[Studio]:
    """Empty, for one test."""
    made = open_studio(tmp_path / "studio", sqlite_template)
    yield made
    made.database.dispose()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Studio]:
    """Clips of sources as different as they come; tests only read it."""
    folder = tmp_path_factory.mktemp("filled")
    made = open_studio(folder, sqlite_template)
    sources = folder / "sources"
    sources.mkdir()
    voice = AiRole("modified", "synthetic voice", True)
    made.ingest(make_film(sources / "wide.mp4", size=(1280, 720), rate=Fraction(24000, 1001), layout="5.1"), "wide-24")
    made.ingest(
        make_film(sources / "plain.mp4", rate=30, layout="mono", seconds=2.3, marks=(0.4, 1.4)),
        "plain-30",
        ai=voice,
        transcript="Hello & <welcome>. This is it.",
    )
    made.ingest(make_film(sources / "fast.mkv", rate=60, size=(854, 480), sound_codec="pcm_s16le"), "fast-60")
    made.ingest(make_film(sources / "mute.mp4", layout=None, seconds=1.0, size=(642, 362)), "mute")
    yield made
    made.database.dispose()
