"""Beacons over real HTTP, ten events each, answered after a durable commit, against raw `executemany`."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import orjson
from sqlalchemy import Connection, func, insert, select

import web.tables
from benchmarks.figures import Figure
from plugin.engagement import nonce
from plugin.engagement.models import Event, Visit
from plugin.kernel.database import Database
from plugin.kernel.migrate import migrate
from plugin.kernel.seal import Vault

__all__ = ["run", "web"]

BEACONS = 4_000
EVENTS = 10
CONNECTIONS = 64
HISTORY = 200_000
"""Events that are there before: an empty table would flatter both sides."""
VISITS = 200
CEILING_BATCH = 2_000
OLD_MS, NEW_MS = 1_795_000_000_000, 1_796_000_000_000
"""When the visits of the history began, and those measured."""
MASTER = bytes(range(32))


def run(threads: int | None = None) -> list[Figure]:
    """Events a second through `POST /b`, and what fraction that is of bare `sqlite3.executemany` into the same table.

    One granian process with the threads we ship, `synchronous=FULL`, ids as our page makes them; the sender is a
    process of its own on the same machine. Every event answered with 204 is counted in the table afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        lived_in = _lived_in(Path(folder) / "history.sqlite3")
        before = _ceiling(shutil.copy(lived_in, Path(folder) / "before.sqlite3"))
        served, kept = _served(lived_in, Path(folder) / "data", threads)
        after = _ceiling(shutil.copy(lived_in, Path(folder) / "after.sqlite3"))
    if kept != HISTORY + BEACONS * EVENTS:
        raise RuntimeError(f"answered {BEACONS * EVENTS:,} events, kept {kept - HISTORY:,}")
    ceiling = (before + after) / 2
    ratio = served / ceiling
    detail = f"{served:,.0f} events/s served, {before:,.0f} and {after:,.0f} raw before and after"
    return [
        Figure("beacons over HTTP, 10 events each, durable", ratio, "× raw executemany", "≥ 0.4", ratio >= 0.4, detail)
    ]


# -- the ceiling: the same table, the same durability, nothing in between --------


def _ceiling(path: Path | str) -> float:
    rows = [_row(n, NEW_MS) for n in range(BEACONS * EVENTS)]
    return len(rows) / _insert(path, rows)


def _insert(path: Path | str, rows: Sequence[tuple[str, ...]]) -> float:
    """Seconds, in committed batches."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    started = time.perf_counter()
    for first in range(0, len(rows), CEILING_BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO event (id, visit_id, kind, at, received_at, data) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
            rows[first : first + CEILING_BATCH],
        )
        connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return took


def _row(n: int, began_ms: int = OLD_MS) -> tuple[str, ...]:
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    # As a beacon brings them: ten of one visit, then ten of another.
    turn, visit = divmod(n // EVENTS, VISITS)
    id_ = _event_id(visit, turn * EVENTS + n % EVENTS, began_ms)
    return id_, _visit_id(visit), "video.watched", moment, moment, '{"from":1.0,"to":2.0,"rate":1.0}'


def _event_id(visit: int, count: int, began_ms: int) -> str:
    """As `static/js/engage/ids.js` makes them: UUIDv7 of the visit's beginning, a counter, and chance."""
    time_ms = began_ms + visit * 997 + count // 4096
    chance = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return str(uuid.UUID(int=time_ms << 80 | 7 << 76 | count % 4096 << 64 | 2 << 62 | chance))


# -- the real thing ---------------------------------------------------------------


def _served(lived_in: Path, folder: Path, threads: int | None) -> tuple[float, int]:
    """Events a second, and how many stand in the table."""
    folder.mkdir()
    shutil.copy(lived_in, folder / "segue.sqlite3")
    requests = _requests()
    with _server(folder, threads) as port:
        _send(port, requests[:200])
        # A process of its own, so that it takes none of the server's interpreter.
        with get_context("spawn").Pool(1) as pool:
            took = pool.apply(_send, (port, requests[200:]))
    database = Database(f"sqlite:///{folder / 'segue.sqlite3'}")
    with database.reading() as session:
        kept = session.scalar(select(func.count()).select_from(Event)) or 0
    database.dispose()
    return len(requests[200:]) * EVENTS / took, kept


def _lived_in(path: Path) -> Path:
    """A database with visits and a history of events."""
    database = Database(f"sqlite:///{path}")
    migrate(database)
    _add_visits(database)
    database.dispose()
    _insert(path, [_row(n) for n in range(HISTORY)])
    return path


def _add_visits(database: Database) -> None:
    now = datetime.now(UTC) - timedelta(minutes=10)
    with database.engine.connect() as connection:
        _without_foreign_keys(connection)
        connection.execute(
            insert(Visit),
            [
                {
                    "id": _visit_id(n),
                    "campaign_id": "c",
                    "recipient_id": f"r{n}",
                    "started_at": now,
                    "duration_s": 60.0,
                    "tracked": True,
                    "suppression": f"s{n}",
                    "evidence": {},
                }
                for n in range(VISITS)
            ],
        )
        connection.commit()


def _without_foreign_keys(connection: Connection) -> None:
    # A visit hangs on an open, an open on a campaign and its clips: none of that is measured here.
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _visit_id(n: int) -> str:
    return f"visit-{n:010d}"


def _requests() -> list[bytes]:
    vault, opened_at = Vault(MASTER), datetime.now(UTC) - timedelta(minutes=10)
    at = int((opened_at + timedelta(minutes=1)).timestamp() * 1000)
    nonces = [nonce.issue(vault, _visit_id(n), now=opened_at) for n in range(VISITS)]
    return [_request(nonces[n % VISITS], at, *divmod(n, VISITS)) for n in range(BEACONS)]


def _request(token: str, at: int, turn: int, visit: int) -> bytes:
    events = [
        {
            "id": _event_id(visit, turn * EVENTS + n, NEW_MS),
            "kind": "video.watched",
            "at": at + n,
            "data": {"from": n * 1.0, "to": n + 1.0, "rate": 1.0},
        }
        for n in range(EVENTS)
    ]
    body = orjson.dumps({"nonce": token, "events": events})
    head = (
        "POST /b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain;charset=UTF-8\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def _server(folder: Path, threads: int | None) -> Iterator[int]:
    port = _free_port()
    environment = {
        **os.environ,
        "SEGUE_DATA_DIR": str(folder),
        "SEGUE_DATABASE_URL": "",
        "SEGUE_MASTER_SECRET": MASTER.hex(),
        "SEGUE_LOG_LEVEL": "error",
    }
    arguments = ["serve", "--port", str(port), *(["--threads", str(threads)] if threads else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "web.cli", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as probe:
                probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                if probe.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


# -- the sender: as little as can send ------------------------------------------------


def _send(port: int, requests: Sequence[bytes]) -> float:
    """Seconds until each was answered with 204, over keep-alive connections that each wait for their answer."""
    selector = selectors.EpollSelector()
    waiting = iter(requests)
    started = time.perf_counter()
    for _ in range(min(CONNECTIONS, len(requests))):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(next(waiting))
        selector.register(connection, selectors.EVENT_READ)
    open_ = min(CONNECTIONS, len(requests))
    while open_:
        for key, _events in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            answer = connection.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204") or not answer.endswith(b"\r\n\r\n"):
                raise RuntimeError(f"not 204: {answer[:80]!r}")
            following = next(waiting, None)
            if following is None:
                selector.unregister(connection)
                connection.close()
                open_ -= 1
            else:
                connection.sendall(following)
    return time.perf_counter() - started


if __name__ == "__main__":
    for figure in run(int(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(figure)
