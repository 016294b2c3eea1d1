"""CPU of a link's page and of its open, against a bare Flask view in the same server process.

The peer is a Flask of its own beside ours, without our hooks, blueprints or headers, that answers `ok`; both are served
by one granian worker with one thread, over one kept connection, after a warm-up. What is counted is the worker's CPU,
all its threads, whatever else the machine does. Opens go round twenty people with values of their own, each of whom
has opened before: their profile is warm, their page is not kept.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from benchmarks.figures import Figure

ROUNDS = 7
PEOPLE = 20
REQUESTS = {"bare": 600, "shell": 400, "open": 200}
_Ask = tuple[str, str, str | None, dict[str, str]]
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "HX-Request": "true"}


def run() -> list[Figure]:
    """Median over rounds of CPU per request, each round measuring all three in turn."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder, _server(Path(folder)) as (port, pid, tokens):
        ask: dict[str, list[_Ask]] = {
            "bare": [("GET", "/bare", None, {})],
            "shell": [("GET", f"/v/{token}", None, {}) for token in tokens],
            "open": [("POST", "/open", urlencode({"link": token}), _FORM) for token in tokens],
        }
        for name in ask:
            _cpu_us(port, pid, ask[name], 50)
        rounds = [{name: _cpu_us(port, pid, ask[name], REQUESTS[name]) for name in ask} for _ in range(ROUNDS)]
    return [
        _figure("GET /v/… shell, CPU against a bare Flask view", "shell", 2.0, rounds),
        _figure("POST /open with a warm profile, CPU against a bare Flask view", "open", 4.0, rounds),
    ]


def _figure(name: str, which: str, goal: float, rounds: list[dict[str, float]]) -> Figure:
    ratio = median(one[which] / one["bare"] for one in rounds)
    detail = ", ".join(f"{each} {median(one[each] for one in rounds):.0f} µs" for each in ("bare", which))
    return Figure(name, ratio, "×", f"≤{goal:g}×", ratio <= goal, detail)


def _cpu_us(port: int, pid: int, asks: Sequence[_Ask], count: int) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    before = _cpu_s(pid)
    for ask in islice(cycle(asks), count):
        connection.request(ask[0], ask[1], body=ask[2], headers=ask[3])
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{ask[1][:3]}… answered {answer.status}")
    used = _cpu_s(pid) - before
    connection.close()
    return used / count * 1e6


def _cpu_s(pid: int) -> float:
    """User and system seconds of a process so far, to the nanosecond (proc(5), /proc/pid/schedstat), all threads."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@contextmanager
def _server(folder: Path) -> Iterator[tuple[int, int, list[str]]]:
    token_file = folder / "token"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SEGUE_BENCH_FOLDER": str(folder)}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--workers", "1"]
    command += [
        "--blocking-threads",
        "1",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-ws",
        "benchmarks.shell:make",
    ]
    process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            if token_file.exists() and _answers(port):
                break
            time.sleep(0.1)
        yield port, int((folder / "pid").read_text()), token_file.read_text().split()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def make() -> Any:
    """The application with one link in it, and beside it, under `/bare`, a Flask that does nothing else."""
    from plugin.kernel.clock import utcnow
    from plugin.kernel.database import Database, Entity
    from tests.web.landing.world import ANA, make_world

    folder = Path(os.environ["SEGUE_BENCH_FOLDER"])
    database = Database(f"sqlite:///{folder / 'segue.sqlite3'}")
    Entity.metadata.create_all(database.engine)
    world = make_world(database, folder / "data", utcnow)
    world.app.testing = False
    people = [ANA | {"first_name": f"Ana {number}", "points": 1_000 + number} for number in range(PEOPLE)]
    tokens = [world.link_for(**person).token for person in people]
    (folder / "pid").write_text(str(os.getpid()))
    (folder / "token").write_text("\n".join(tokens))
    bare = Flask("bare")

    @bare.get("/bare")
    def nothing() -> str:
        return "ok"

    def either(environ: Any, start_response: Any) -> Any:
        return (bare if environ["PATH_INFO"] == "/bare" else world.app)(environ, start_response)

    return either
