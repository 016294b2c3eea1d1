"""A cache that several threads share."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """What was made is kept for as long as `room` says; two threads may make the same at once, and none waits."""

    def __init__(self, room: MutableMapping[Key, Value]) -> None:
        self._room = room
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """What is kept under `key`, or what `make` gives, kept from now on; what it raises is not kept."""
        found = self.find(key)
        if found is None:
            found = make()
            with self._lock:
                self._room[key] = found
        return found

    def find(self, key: Key) -> Value | None:
        """What is kept under `key`."""
        # Even a look changes the order in which a cache forgets.
        with self._lock:
            return self._room.get(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._room.clear()
