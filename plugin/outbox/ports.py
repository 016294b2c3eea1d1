"""The `Connector` port: all the product asks of a CRM, to read a person and to be told what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugin.recipients.ports import ProfileSource


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery as a connector sees it; applying the same `key` twice changes nothing."""

    key: str
    kind: str
    subject: str
    payload: Mapping[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """The CRM has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; `after_s` when the CRM said how long."""

    reason: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Never, as it stands; the reason says what an admin can do."""

    reason: str


@dataclass(frozen=True, slots=True)
class Untried:
    """Not come to in this batch: anybody's again at once, and no try is counted."""


Settlement = Delivered | Retry | Dead | Untried


class Connector(ProfileSource, Protocol):
    """A connected CRM account.

    One that writes so many records a call, however many messages are about each, may say so by an attribute
    `max_subjects`: a batch is then about at most that many.
    """

    max_batch: int

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        """Write them, and say of each, in order, what became of it. An exception means: none is known, retry all.

        One subject's messages come in their order and are alone in flight: a connector that puts one off puts off
        those of the same subject behind it, so that none overtakes.
        """
        ...
