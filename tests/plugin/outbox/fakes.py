"""Small real fakes at the port: a CRM that keeps what it is told, and one that is often busy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from threading import Lock

from plugin.outbox.enqueue import Draft
from plugin.outbox.ports import Delivered, Message, Settlement
from plugin.recipients.ports import ExternalRef, ProfileUnavailable, Record


def drafts(installation_id: str, *names: str, subject: str = "contact:ana") -> list[Draft]:
    """One draft a name, in that order; the name is the key."""
    return [
        Draft(installation_id, name, "video.played", subject, {"occurred_at": "2026-11-21T11:00:00+00:00"})
        for name in names
    ]


class KeepingCrm:
    """Applies each key once, and remembers every time it was told."""

    max_batch = 100

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.batches: list[int] = []
        self._lock = Lock()

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        raise ProfileUnavailable("this one only listens")

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        with self._lock:
            self.batches.append(len(messages))
            self.told.extend(messages)
        return [Delivered() for _ in messages]

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.told]


class BusyCrm(KeepingCrm):
    """Answers as the test says, message by message; an answer that is an exception is raised."""

    def __init__(self, answer: Callable[[Message], Settlement | Exception]) -> None:
        super().__init__()
        self._answer = answer

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        super().deliver(messages)
        answers = [self._answer(message) for message in messages]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in answers if not isinstance(answer, Exception)]
