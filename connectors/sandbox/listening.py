"""What every sandbox is on the outside: an address that answers from a thread, until it is stopped."""

from __future__ import annotations

import threading
from typing import Self

from connectors.sandbox.wire import Answer, Request, WireServer


class Listening:
    """Use as a context manager, or `start()` and `stop()`; port 0 takes a free one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: WireServer | None = None

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def answer(self, request: Request) -> Answer:
        """Everything that comes in."""
        raise NotImplementedError

    def start(self) -> Self:
        """Answer; after `stop`, at the same address and with all it held. Raises `OSError` when the port is taken."""
        self._server = WireServer(self._port, self.answer)
        self._port = self._server.server_address[1]
        name = f"sandbox-{self._port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name=name, daemon=True).start()
        return self

    def stop(self) -> None:
        """Answer no more; open connections end."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
