"""Small real CRMs at the port: full, down, slow, forgetful."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime
from typing import Any

from plugin.recipients.ports import ExternalRef, ProfileUnavailable, Record, RecordGone
from tests.conftest import NOW


class FullCrm:
    """Answers at once with what it holds; counts how often it was asked and for what."""

    def __init__(self, at: datetime = NOW, **values: Any) -> None:
        self.values = {f"contact.{name}": value for name, value in values.items()}
        self.at = at
        self.asked: list[tuple[str, ...]] = []

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        self.asked.append(tuple(paths))
        return Record(self.values, self.at)


class DownCrm(FullCrm):
    """Fails, by default as the port has it."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error or ProfileUnavailable("maintenance")

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        self.asked.append(tuple(paths))
        raise self.error


class SlowCrm(FullCrm):
    """Answers only once `answer` is set, however small the budget was."""

    def __init__(self, at: datetime = NOW, **values: Any) -> None:
        super().__init__(at, **values)
        self.answer = threading.Event()
        self.answered = threading.Event()

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        self.asked.append(tuple(paths))
        try:
            assert self.answer.wait(60)
            return Record(self.values, self.at)
        finally:
            self.answered.set()


class ForgetfulCrm(DownCrm):
    """No longer knows anyone."""

    def __init__(self) -> None:
        super().__init__(RecordGone("deleted"))
