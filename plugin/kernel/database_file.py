"""Whether the file of a SQLite database is still the one that was opened, and has room to grow."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LEAST_FREE_BYTES = 1 << 20
"""Below it no write is promised: a commit and its WAL need a few pages each."""


class DatabaseFile:
    """One file by its identity on disk; SQLite itself goes on writing into a file that has been removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: tuple[int, int] | None = None

    def opened(self) -> None:
        """A connection stands: the file of the first one is the one from then on."""
        if self._opened is None:
            self._opened = self._identity()

    def is_same(self) -> bool:
        """Whether the file opened first is still the one at its path."""
        return self._opened is None or self._identity() == self._opened

    def has_room(self) -> bool:
        """Whether the disk it stands on has `LEAST_FREE_BYTES` left."""
        return shutil.disk_usage(self.path.parent).free >= LEAST_FREE_BYTES

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
