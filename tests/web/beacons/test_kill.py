"""The web process killed at any moment under load: what was answered with 204 is there, once."""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.engagement.models import Event, Visit, VisitDue
from plugin.kernel.settings import Settings
from tests.live import free_port
from tests.plugin.engagement.visits import beacon, make_visit, said

KILLS = 12
SENDERS = 6
MASTER = bytes(range(32)).hex()

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(["web.app", "web.tables", "connectors.registry"])


def serve(url: str, data_dir: str, port: int) -> None:
    """A web process, without the second it takes to import one."""
    from werkzeug.serving import make_server

    from web.app import create_app

    app = create_app(Settings(data_dir=Path(data_dir), database_url=url, master_secret=MASTER, log_level="error"))
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


class Sender(threading.Thread):
    """Sends beacons one after another; one not answered is sent again, as a page does."""

    def __init__(self, vault, visit_id: str, port: int, opened_at: datetime) -> None:
        super().__init__(daemon=True)
        self.vault, self.visit_id, self.port, self.opened_at = vault, visit_id, port, opened_at
        self.answered: set[str] = set()
        self.refused: list[int] = []
        self.again = 0
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            events = [said("cta.clicked", cta="book-a-demo") for _ in range(random.randint(1, 12))]
            body = beacon(self.vault, self.visit_id, events, opened_at=self.opened_at)
            while not self.enough.is_set():
                if self.tell(body):
                    self.answered |= {event["id"] for event in events}
                    break
                self.again += 1

    def tell(self, body: bytes) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("POST", "/b", body)
            status = connection.getresponse().status
            connection.close()
            if status not in (204, 503):
                self.refused.append(status)
            return status == 204
        self.enough.wait(0.01)
        return False


@contextlib.contextmanager
def web_process(url: str, data_dir: Path, port: int) -> Iterator[int]:
    process = forking.Process(target=serve, args=(url, str(data_dir), port), daemon=True)
    process.start()
    for _ in range(1000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.01)
    try:
        assert process.pid is not None
        yield process.pid
    finally:
        process.kill()
        process.join(10)


@pytest.mark.timeout(120)
def test_killed_at_random_moments_it_keeps_every_event_it_answered_for(database, vault, tmp_path):
    url = database.engine.url.render_as_string(hide_password=False)
    opened_at = datetime.now(UTC)
    with database.transaction() as session:
        visits = [make_visit(session, vault, started_at=opened_at).id for _ in range(SENDERS)]
    port = free_port()
    senders = [Sender(vault, visit_id, port, opened_at) for visit_id in visits]
    for sender in senders:
        sender.start()

    for _ in range(KILLS):
        with web_process(url, tmp_path / "data", port) as pid:
            before = sum(len(sender.answered) for sender in senders)
            until(lambda before=before: sum(len(sender.answered) for sender in senders) > before)
            time.sleep(random.random() * 0.2)
            os.kill(pid, signal.SIGKILL)
    for sender in senders:
        sender.enough.set()
        sender.join(15)

    answered = {id_: sender.visit_id for sender in senders for id_ in sender.answered}
    with database.reading() as session:
        kept = dict(session.execute(select(Event.id, Event.visit_id)).all())
        assert answered.items() <= kept.items()
        assert set(kept.values()) <= set(session.scalars(select(VisitDue.visit_id)))
        assert session.scalars(select(Visit.tracked)).all() == [True] * SENDERS
    assert not any(sender.refused for sender in senders)
    assert sum(sender.again for sender in senders) > 0


def until(holds) -> None:
    for _ in range(1500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")
