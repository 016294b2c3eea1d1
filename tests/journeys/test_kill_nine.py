"""Web and worker are killed under load, fifty times: nothing acknowledged is lost, nothing is told twice."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text, update

from connectors.local.models import Activity, Engagement
from plugin.engagement.models import Event, Visit, VisitDue
from plugin.engagement.who import PEOPLE
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database
from plugin.outbox.models import Delivery, DeliveryStatus
from tests.live import LiveServer

KILLS = {"sqlite": 40, "postgres": 10}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@dataclass
class Worker:
    """`segue worker` in a process of its own."""

    server: LiveServer
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.server.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", "worker"],
                env=self.server.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


@dataclass
class Watcher(threading.Thread):
    """A person's browser, as the server sees it: opens, agrees, sends beacons again until they are answered."""

    origin: str
    link: str
    seed: int
    stop: threading.Event
    acknowledged: set[str] = field(default_factory=set)
    clicks: set[str] = field(default_factory=set)
    repeated: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(self.seed)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", "User-Agent": BROWSER}
        with httpx.Client(base_url=self.origin, headers=headers, timeout=5) as client:
            while not self.stop.is_set():
                nonce = self._open(client)
                if nonce is None:
                    continue
                for number in range(self.chance.randint(3, 9)):
                    self._beacon(client, nonce, number)

    def _open(self, client: httpx.Client) -> str | None:
        with contextlib.suppress(httpx.HTTPError):
            page = client.post("/open", data={"link": self.link.rsplit("/", 1)[-1]}, headers={"HX-Request": "true"})
            found = re.search(r'data-nonce="([^"]+)"', page.text)
            if page.status_code == 200 and found:
                answer = client.post(
                    "/consent", data={"nonce": found[1], "choice": "yes"}, headers={"HX-Request": "true"}
                )
                if answer.status_code == 200:
                    return found[1]
        self.stop.wait(0.1)
        return None

    def _beacon(self, client: httpx.Client, nonce: str, number: int) -> None:
        now = int(time.time() * 1000)
        hand = {"pointer": 2, "key": 1}
        told: list[tuple[str, dict[str, object]]] = [
            ("page.seen", {"visible_ms": 3000, "gestures": hand, "webdriver": False, "moves": 9, "languages": 2}),
            ("video.played", {}),
            ("video.watched", {"from": number, "to": number + 0.3, "rate": 1}),
            ("cta.clicked", {"cta": "book"}),
        ]
        events = [{"id": str(uuid.uuid4()), "kind": kind, "at": now, "data": data} for kind, data in told]
        click = str(events[-1]["id"])
        sent = 0
        while not self.stop.is_set() and sent < 40:
            sent += 1
            with contextlib.suppress(httpx.HTTPError):
                answer = client.post("/b", json={"nonce": nonce, "sent": now, "events": events})
                if answer.status_code == 204:
                    self.acknowledged.update(str(event["id"]) for event in events)
                    self.clicks.add(click)
                    self.repeated += sent > 1
                    return
            self.stop.wait(0.1)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, LiveServer, Database]]:
    url = f"sqlite:///{tmp_path / 'segue.sqlite3'}"
    if request.param == "postgres":
        admin = Database(request.getfixturevalue("postgres_url"))
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("drop database if exists killed with (force)"))
            connection.execute(text("create database killed"))
        url = admin.engine.url.set(database="killed").render_as_string(hide_password=False)
        admin.dispose()
    server = LiveServer(tmp_path, settings={"SEGUE_DATABASE_URL": url, "SEGUE_LOG_LEVEL": "error"})
    # The demo's data, then the pages and the worker as two processes.
    server.start()
    links = server.links()
    server.stop()
    server.demo = False
    (tmp_path / "out.log").write_text("")
    server.known = links  # type: ignore[attr-defined]
    database = Database(url)
    yield request.param, server, database
    database.dispose()


@pytest.mark.timeout(420)
def test_kill_nine_loses_and_doubles_nothing(place: tuple[str, LiveServer, Database]) -> None:
    kind, server, database = place
    worker, stop, chance = Worker(server), threading.Event(), random.Random(9)
    server.start()
    worker.start()
    links: dict[str, str] = server.known  # type: ignore[attr-defined]
    watchers = [Watcher(server.origin, link, seed, stop) for seed, link in enumerate([*links.values()] * 2)]
    try:
        for watcher in watchers:
            watcher.start()
        for number in range(KILLS[kind]):
            time.sleep(chance.uniform(0.05, 0.9))
            if number % 2:
                worker.kill()
                worker.start()
            else:
                server.kill()
                server.start()
        time.sleep(2)
        stop.set()
        for watcher in watchers:
            watcher.join(20)
        _drain(database)
    finally:
        stop.set()
        server.kill()
        worker.kill()

    acknowledged = set().union(*(watcher.acknowledged for watcher in watchers))
    clicks = set().union(*(watcher.clicks for watcher in watchers))
    assert len(acknowledged) > 200
    with database.reading() as session:
        stored = set(session.scalars(select(Event.id)))
        told = Counter(session.scalars(select(Activity.key)))
        owed = {row.key: row.status for row in session.execute(select(Delivery.key, Delivery.status))}
        engaged = session.execute(select(Engagement.session_key, Engagement.payload)).all()
        visits = {visit.id: visit for visit in session.scalars(select(Visit))}
        machines = [visit.verdict for visit in visits.values() if visit.revision and visit.who not in PEOPLE]
    assert acknowledged - stored == set(), "an acknowledged event was lost"
    assert machines == [], "the watchers were not taken for people"
    assert {key for key in clicks if told[key] != 1} == set(), "a click did not reach the CRM exactly once"
    assert set(owed.values()) == {DeliveryStatus.DELIVERED}
    assert {key for key, count in told.items() if count != 1} == set()
    assert {key: payload["coverage_s"] for key, payload in engaged} == pytest.approx(
        {key: visits[key].coverage_s for key, _ in engaged}, abs=0.05
    )


def _drain(database: Database) -> None:
    """Until nothing is due and nothing is owed; what the killed had leased is let go, as a minute would."""
    with database.transaction() as session:
        session.execute(update(Delivery).values(due_at=utcnow()).where(Delivery.lease.is_not(None)))
    for _ in range(1200):
        with database.reading() as session:
            due = session.scalars(select(VisitDue.visit_id).limit(1)).first()
            owed = session.scalars(
                select(Delivery.id).where(Delivery.status == DeliveryStatus.PENDING).limit(1)
            ).first()
        if due is None and owed is None:
            return
        time.sleep(0.1)
    raise AssertionError("deliveries are still owed after two minutes")
