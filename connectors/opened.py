"""The CRM accounts of one process, opened at need and kept with their connections for a minute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from threading import Lock
from typing import Generic, TypeVar

from cachetools import TTLCache

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

T = TypeVar("T")


class Opened(ABC, Generic[T]):
    """Accounts of one CRM, as its connector opens them. Safe to use from several threads."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, *, clock: Clock = utcnow) -> None:
        self.database, self.vault, self.settings, self.clock = database, vault, settings, clock
        self._open: TTLCache[str, T] = TTLCache(maxsize=256, ttl=60)
        self._lock = Lock()

    @abstractmethod
    def open(self, installation_id: str) -> T:
        """The account of an installation, opened anew; raises `NotFound`, and what its connector says."""

    def of(self, installation_id: str) -> T:
        """The account of an installation; raises as `open`."""
        with self._lock:
            known = self._open.get(installation_id)
        if known is None:
            known = self.open(installation_id)
            with self._lock:
                self._open[installation_id] = known
        return known

    def forget(self, installation_id: str) -> None:
        """Open it anew at next need."""
        with self._lock:
            self._open.pop(installation_id, None)
