"""HTTP/1.1 on a socket, kept open between requests, and cut where one wishes: what a polite server can't do."""

from __future__ import annotations

import contextlib
import socket
import socketserver
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

MOST_BODY = 160 * 1024 * 1024
_MOST_LINE = 64 * 1024
_IDLE_S = 65.0
_REASONS = {status.value: status.phrase for status in HTTPStatus} | {477: "Migration in Progress"}


@dataclass(slots=True)
class Request:
    """One request as it came; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    parsed: Any = None
    """The body, once it was read as JSON."""

    @property
    def path(self) -> str:
        """As sent, without the query."""
        return self.target.partition("?")[0]

    @property
    def segments(self) -> list[str]:
        """The path's parts, decoded."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def query(self) -> dict[str, list[str]]:
        """Every query parameter with its values."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)


@dataclass(slots=True)
class Answer:
    """What goes back. `cut_at`: hang up after so many bytes of it (0: before the first)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None

    def bytes(self, *, head: bool, close: bool) -> bytes:
        """As it goes over the wire."""
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.status != 204:
            lines.append(f"Content-Length: {len(self.body)}")
        if close:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + (b"" if head else self.body)


class Unreadable(Exception):
    """This isn't HTTP, or too much of it."""


class WireServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, port: int, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a connection's thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection's end."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection, in whatever it is."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


class _Readable(Protocol):
    def readline(self, size: int = -1, /) -> bytes: ...

    def read(self, size: int = -1, /) -> bytes: ...


class _Connection(socketserver.StreamRequestHandler):
    timeout = _IDLE_S
    disable_nagle_algorithm = True
    rbufsize = 64 * 1024

    def handle(self) -> None:
        assert isinstance(self.server, WireServer)
        while True:
            try:
                request = _read(self.rfile, self._go_on)
            except Unreadable:
                self.wfile.write(Answer(400).bytes(head=False, close=True))
                return
            except (OSError, ValueError):
                return
            if request is None:
                return
            answer = self.server.answer(request)
            close = request.headers.get("connection", "").lower() == "close"
            sent = answer.bytes(head=request.method == "HEAD", close=close)
            if answer.cut_at is not None:
                self.wfile.write(sent[: answer.cut_at])
                return
            self.wfile.write(sent)
            if close:
                return

    def _go_on(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _read(stream: _Readable, go_on: Callable[[], None]) -> Request | None:
    line = stream.readline(_MOST_LINE)
    if not line.strip():
        return None
    try:
        method, target, _version = line.decode("latin-1").split()
    except ValueError:
        raise Unreadable from None
    headers: dict[str, str] = {}
    while (line := stream.readline(_MOST_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(headers) > 200:
            raise Unreadable
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        go_on()
    return Request(method.upper(), target, headers, _body(stream, headers))


def _body(stream: _Readable, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(stream)
    try:
        length = int(headers.get("content-length", "0"))
    except ValueError:
        raise Unreadable from None
    if not 0 <= length <= MOST_BODY:
        raise Unreadable
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise Unreadable
    return body


def _chunks(stream: _Readable) -> bytes:
    found = bytearray()
    while True:
        try:
            size = int(stream.readline(100).split(b";")[0], 16)
        except ValueError:
            raise Unreadable from None
        if not 0 <= size <= MOST_BODY - len(found):
            raise Unreadable
        if size == 0:
            while stream.readline(_MOST_LINE) not in (b"\r\n", b"\n", b""):
                pass
            return bytes(found)
        found += stream.read(size)
        stream.readline(10)
