"""The worker: killed at any moment, nothing is lost, nothing doubled, nobody's story out of order."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select, update

from connectors.local.models import Activity
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy
from plugin.kernel.settings import Settings
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery
from tests.conftest import NOW, HeldClock
from tests.make import make_contact, make_installation
from web import worker
from web.app import create_app
from web.services import make_services

KILLS = 12
MESSAGES = 4000
CONTACTS = 40

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(["web.worker", "web.tables", "connectors.registry"])


def work(url: str, data_dir: str) -> None:
    """What a worker process does, without the second it takes to import it."""
    services = make_services(Settings(database_url=url, data_dir=Path(data_dir)))
    worker.run(worker.steps_of(services), Event())


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def owe_stories(database: Database) -> None:
    with database.transaction() as session:
        crm = make_installation(session).id
        for n in range(CONTACTS):
            make_contact(session, crm, contact_id=f"c{n}", first_name=f"Contact {n}")
        enqueue(
            session,
            [
                Draft(crm, f"{n:06}", "video.played", f"contact:c{n % CONTACTS}", {"occurred_at": NOW.isoformat()})
                for n in range(MESSAGES)
            ],
        )


def end_leases(database: Database) -> None:
    """Let time pass for what the killed one held."""
    with database.transaction() as session:
        session.execute(update(Delivery).values(due_at=NOW - timedelta(days=1)).where(Delivery.lease.is_not(None)))


def delivered(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.status == "delivered")) or 0


def test_killed_again_and_again_every_message_arrives_once_and_in_order(database: Database, tmp_path: Path) -> None:
    owe_stories(database)
    chance = random.Random(2)
    url = url_of(database)

    for _ in range(KILLS):
        before = delivered(database)
        process = forking.Process(target=work, args=(url, str(tmp_path)))
        process.start()
        deadline = time.monotonic() + 20
        while delivered(database) == before < MESSAGES and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.04))
        process.kill()
        process.join()
        end_leases(database)
    services = make_services(Settings(database_url=url, data_dir=tmp_path))
    worker.run(worker.steps_of(services), Event(), until_idle=True)
    services.database.dispose()

    assert delivered(database) == MESSAGES
    arrived: dict[str, list[datetime]] = defaultdict(list)
    with database.reading() as session:
        keys = session.scalars(select(Activity.key).order_by(Activity.key)).all()
        for contact_id, received_at in session.execute(
            select(Activity.contact_id, Activity.received_at).order_by(Activity.key)
        ):
            arrived[contact_id].append(received_at)
    assert keys == [f"{n:06}" for n in range(MESSAGES)]
    assert all(times == sorted(times) for times in arrived.values())


def test_a_round_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_PATIENCE", worker.RetryPolicy(base_s=0.001, cap_s=0.002))
    answers = iter([Busy("locked"), ValueError("broken"), 3, 0])
    rounds: list[object] = []

    def step() -> int:
        answer = next(answers)
        rounds.append(answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    worker.run([step], Event(), until_idle=True)

    assert len(rounds) == 4


def test_a_step_at_intervals_works_until_it_finds_nothing_and_then_rests(clock: HeldClock) -> None:
    left = [2, 1, 0, 5, 0]
    step = worker.at_intervals(lambda: left.pop(0), timedelta(hours=1), clock)

    assert [step() for _ in range(5)] == [2, 1, 0, 0, 0]
    clock.now += timedelta(hours=1)
    assert [step() for _ in range(3)] == [5, 0, 0]


def test_a_step_at_intervals_that_fails_rests_too(clock: HeldClock) -> None:
    answers = iter([ValueError("broken")])

    def fails() -> int:
        raise next(answers)

    step = worker.at_intervals(fails, timedelta(hours=1), clock)
    with pytest.raises(ValueError, match="broken"):
        step()

    assert step() == 0


def test_told_to_stop_it_stops_between_rounds() -> None:
    stop = Event()

    def step() -> int:
        stop.set()
        return 1

    worker.run([step], stop)

    assert stop.is_set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_delivers_and_leaves_politely(database: Database, tmp_path: Path, number: signal.Signals) -> None:
    owe_stories(database)
    environment = os.environ | {"SEGUE_DATABASE_URL": url_of(database), "SEGUE_DATA_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "worker"], env=environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while delivered(database) == 0 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)

    process.send_signal(number)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 0, said
    assert "worker.stopped" in said
    with database.reading() as session:
        assert not session.scalar(select(func.count()).where(Delivery.lease.is_not(None)))


def test_beside_the_pages_it_delivers_too(database: Database, tmp_path: Path) -> None:
    owe_stories(database)
    app = create_app(Settings(database_url=url_of(database), data_dir=tmp_path, inline_worker=True, log_level="error"))
    deadline = time.monotonic() + 60

    while delivered(database) < MESSAGES and time.monotonic() < deadline:
        time.sleep(0.02)

    app.extensions["segue-worker"]()
    app.extensions["segue"].database.dispose()
    assert delivered(database) == MESSAGES
