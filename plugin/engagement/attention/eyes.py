"""Looking at pictures for browsers that can't: a process of its own, started at need, and anew if it dies."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, TimeoutError as TooLate
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from plugin.engagement.attention import jpeg
from plugin.engagement.attention.eyes_process import HEADER
from plugin.kernel.errors import Busy

THREADS = 4
_MODULE = "plugin.engagement.attention.eyes_process"
_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one picture: `look` as `look.Look` in JSON, or None without a face; `light` 0 to 255."""

    look: dict[str, float] | None
    light: float


class Eyes:
    """One process's eyes, shared by its threads. Nothing is stored or logged of a picture, and none is kept waiting."""

    def __init__(self, *, threads: int = THREADS, patience_s: float = 3.0, start_s: float = 20.0) -> None:
        self._threads, self._patience_s, self._start_s = threads, patience_s, start_s
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def see(self, data: bytes) -> Seen:
        """Look at one JPEG.

        Raises `jpeg.PictureRefused`, or `Busy` when too many wait, when it takes too long, or the process died over
        it: the next picture finds a fresh one.
        """
        jpeg.check(data)
        child = self._at_work()
        asked = child.ask(data, most=self._threads * 2)
        try:
            answer = asked.result(self._patience_s)
        except TooLate:
            # Stuck in a decoder, say: nobody else shall wait behind it.
            child.end()
            raise Busy("the picture took too long") from None
        if answer.get("refused"):
            raise jpeg.PictureRefused("the picture can't be decoded")
        return Seen(answer["look"], answer["light"])

    @property
    def pid(self) -> int | None:
        """The process, if one is at work."""
        return self._child.process.pid if self._child and self._child.is_alive else None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child:
                self._child.end()
            self._child = None

    def _at_work(self) -> _Child:
        with self._lock:
            # A fork has its parent's pipes, and its parent is still using them.
            if self._child is None or not self._child.is_alive or self._child.owner != os.getpid():
                self._child = _Child(self._threads, self._start_s)
            return self._child


class _Child:
    """A running process and what it was asked."""

    def __init__(self, threads: int, start_s: float) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            # No secret of ours is any business of a decoder's.
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), "GLOG_minloglevel": "3"},
        )
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._asked: dict[int, Future[dict[str, Any]]] = {}
        started: Future[dict[str, Any]] = Future()
        self._asked[0] = started
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            started.result(start_s)
        except TooLate:
            self.end()
            raise Busy("the eyes are slow to open") from None

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, data: bytes, *, most: int) -> Future[dict[str, Any]]:
        assert self.process.stdin is not None
        asked: Future[dict[str, Any]] = Future()
        with self._lock:
            if len(self._asked) >= most:
                raise Busy("too many pictures are waiting")
            id_ = next(self._ids) % (1 << 32)
            self._asked[id_] = asked
            try:
                self.process.stdin.write(HEADER.pack(id_, len(data)) + data)
                self.process.stdin.flush()
            except OSError:
                self._asked.pop(id_, None)
                raise Busy("the process that looks has just ended") from None
        return asked

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        out = self.process.stdout
        while header := out.read(HEADER.size):
            if len(header) < HEADER.size:
                break
            id_, length = HEADER.unpack(header)
            answer = orjson.loads(out.read(length))
            with self._lock:
                asked = self._asked.pop(id_, None)
            if asked is not None:
                asked.set_result(answer)
        with self._lock:
            left, self._asked = list(self._asked.values()), {}
        for asked in left:
            asked.set_exception(Busy("the process that looks has just ended"))
