"""`POST /b`, answered before Flask: the busiest address there is, and the one that needs nothing Flask gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask

from plugin.engagement.accept import MAX_BYTES, BeaconTooLarge, accept
from plugin.engagement.writer import Writer
from plugin.kernel.errors import BadInput, Busy, Forbidden, Gone

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from web.services import Services

log = structlog.get_logger()

PATH = "/b"
_HEADERS = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
]
_STATUS = {
    204: "204 No Content",
    400: "400 Bad Request",
    403: "403 Forbidden",
    410: "410 Gone",
    413: "413 Content Too Large",
    500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}


class Door:
    """A WSGI application before another: takes beacons, lets everything else through.

    204 once the events are committed, or dropped because the browser signals `Sec-GPC: 1`; 4xx for what isn't a beacon
    of ours; 503 with `Retry-After` when the same beacon should be sent again. Nothing of a beacon is ever logged.
    """

    def __init__(self, inner: WSGIApplication, services_of: Callable[[], Services]) -> None:
        self._inner = inner
        self._services_of = services_of
        self._writers: dict[int, Writer] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return self._inner(environ, start_response)
        status = self._take(environ)
        headers = [*_HEADERS, ("Retry-After", str(Busy.retry_after_s))] if status == 503 else list(_HEADERS)
        if status != 204:
            headers.append(("Content-Length", "0"))
        start_response(_STATUS[status], headers)
        return ()

    def _take(self, environ: WSGIEnvironment) -> int:
        if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
            return 403
        if environ.get("HTTP_SEC_GPC", "").strip() == "1":
            # Switched on while the page was open: from here on nothing of it is kept.
            return 204
        here = self._services_of()
        try:
            self._writer(here).write(accept(here.vault, _body(environ), now=here.clock()))
        except BeaconTooLarge:
            return 413
        except BadInput:
            return 400
        except Forbidden:
            return 403
        except Gone:
            return 410
        except Busy:
            return 503
        except Exception:
            log.exception("beacon.failed")
            return 500
        return 204

    def _writer(self, here: Services) -> Writer:
        """This process's: made at its first beacon, so never shared over a fork."""
        process = os.getpid()
        # Two threads may both make one; setdefault lets only one be used.
        return self._writers.get(process) or self._writers.setdefault(process, Writer(here.database))


def _body(environ: WSGIEnvironment) -> bytes:
    said: Any = environ.get("CONTENT_LENGTH") or MAX_BYTES + 1
    try:
        length = int(said)
    except ValueError:
        raise BadInput("the length is a number") from None
    if environ.get("CONTENT_LENGTH") and not 0 <= length <= MAX_BYTES:
        raise BeaconTooLarge(f"a beacon holds at most {MAX_BYTES} bytes")
    body: bytes = environ["wsgi.input"].read(length)
    return body


def install(app: Flask) -> None:
    """Put the door before the application."""
    app.wsgi_app = Door(app.wsgi_app, lambda: app.extensions["segue"])  # type: ignore[method-assign]
