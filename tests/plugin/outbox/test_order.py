"""Whatever a CRM answers, each subject's messages arrive in the order they were owed, none lost and none twice."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from plugin.kernel.database import Database
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Settlement
from tests.conftest import NOW, HeldClock
from tests.plugin.outbox.fakes import KeepingCrm

MOODS = st.sampled_from(["fine", "fine", "busy", "limited", "refuses", "breaks"])


class MoodyCrm(KeepingCrm):
    """Puts off or refuses as its mood is, and what it puts off it puts off in order, as the port asks."""

    def __init__(self, moods: Sequence[str], max_batch: int) -> None:
        super().__init__()
        self.max_batch = max_batch
        self.applied: list[Message] = []
        self.refused: set[str] = set()
        self._moods = list(moods)

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        mood = self._moods.pop() if self._moods else "fine"
        if mood == "breaks":
            raise ConnectionError
        waiting: set[str] = set()
        return [self._answer(message, mood if place % 2 else "fine", waiting) for place, message in enumerate(messages)]

    def _answer(self, message: Message, mood: str, waiting: set[str]) -> Settlement:
        if mood == "refuses":
            self.refused.add(message.key)
            return Dead("No.")
        if message.subject in waiting or mood in ("busy", "limited"):
            waiting.add(message.subject)
            return Retry("Busy.", 5.0 if mood == "limited" else None)
        self.applied.append(message)
        return Delivered()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("order")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subjects=st.lists(st.sampled_from("abc"), min_size=1, max_size=25),
    moods=st.lists(MOODS, max_size=12),
    max_batch=st.integers(1, 6),
)
def test_order_holds_in_any_mood(
    sqlite_template: Path, folder: Path, subjects: list[str], moods: list[str], max_batch: int
) -> None:
    shutil.copy(sqlite_template, folder / "order.sqlite3")
    database, clock, crm = Database(f"sqlite:///{folder / 'order.sqlite3'}"), HeldClock(), MoodyCrm(moods, max_batch)
    wanted = [Draft("i", f"{n:02}", "video.played", f"contact:{who}", {}) for n, who in enumerate(subjects)]
    with database.transaction() as session:
        enqueue(session, wanted, clock=lambda: NOW)

    for _ in range(200):
        dispatch_once(database, lambda _: crm, clock=clock)
        clock.now += timedelta(seconds=30)
    database.dispose()
    for name in ("order.sqlite3-wal", "order.sqlite3-shm"):
        (folder / name).unlink(missing_ok=True)

    assert sorted(message.key for message in crm.applied) == sorted({one.key for one in wanted} - crm.refused)
    for subject in {one.subject for one in wanted}:
        theirs = [message.key for message in crm.applied if message.subject == subject]
        assert theirs == sorted(theirs)
