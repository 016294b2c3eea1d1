"""What the product asks of a CRM in order to know a person: one live read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugin.kernel.errors import SegueError


@dataclass(frozen=True, slots=True)
class ExternalRef:
    """A record in a CRM."""

    installation_id: str
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the CRM said, by source path (`contact.first_name`); a path the record lacks is absent."""

    values: Mapping[str, Any]
    read_at: datetime


class ProfileUnavailable(SegueError):
    """The CRM is down, late, or refuses us just now."""


class RecordGone(SegueError):
    """The CRM no longer has this person."""


class ProfileSource(Protocol):
    """Reads one person's record as it is now.

    A source that never waits for anyone, because the record is in this process or in a file it reads without locks,
    may say so by an attribute `at_hand` that is true: it is then read by the caller itself, not in a thread.
    """

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        """The values at `paths`; raises `ProfileUnavailable` or `RecordGone`."""
        ...
