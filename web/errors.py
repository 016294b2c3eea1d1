"""What went wrong, said once in HTTP: a calm page to people, a problem document (RFC 9457) or a line to programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import structlog
from flask import Flask, Response, current_app, render_template, request
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException, NotFound as NoSuchPage

from plugin.kernel.errors import BadInput, Busy, Forbidden, Gone, NotFound, SegueError
from plugin.links.errors import LinkExpired, LinkInvalid, LinkRevoked, LinkUnknown
from web.texts import DEFAULT, direction, languages, texts

log = structlog.get_logger()

STATUS: Mapping[type[SegueError], int] = {
    LinkExpired: 410,
    LinkRevoked: 410,
    LinkInvalid: 404,
    LinkUnknown: 404,
    NotFound: 404,
    Gone: 410,
    Forbidden: 403,
    BadInput: 400,
    Busy: 503,
}
_WORDS: Mapping[type[SegueError], str] = {
    LinkExpired: "expired",
    LinkRevoked: "revoked",
    LinkInvalid: "unknown",
    LinkUnknown: "unknown",
    Gone: "withdrawn",
}
_BY_STATUS: Mapping[int, str] = {
    400: "bad",
    403: "forbidden",
    404: "not_found",
    405: "method",
    410: "withdrawn",
    413: "too_large",
    429: "too_many",
    503: "busy",
}
_PAGES = ("text/html", "application/problem+json", "application/json", "text/plain")
_DATA = ("text/plain", "application/problem+json", "application/json", "text/html")
_JSON = ("application/problem+json", "application/json", "text/plain", "text/html")
_ROOMS = {
    **dict.fromkeys(("player", "beacons", "hubspot"), _DATA),
    **dict.fromkeys(("salesforce", "salesforce_journey"), _JSON),
}
"""What a room's callers read best; others read pages."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the caller is told; no text of an exception is in it, so nothing can leak."""

    status: int
    title: str
    text: str
    twin: str | None = None
    """Path of the public version, when the campaign is known."""
    retry_after_s: int | None = None


def install(app: Flask) -> None:
    """Answer every failure of this application, foreseen or not; none shows a stack trace, none logs an address."""
    app.register_error_handler(SegueError, _foreseen)
    app.register_error_handler(HTTPException, _refused)
    for unreachable in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(unreachable, _unreachable)
    app.register_error_handler(DataError, _unfit)
    app.before_request(_refuse_nul)
    app.register_error_handler(Exception, _unforeseen)
    # Flask's own would write the path, and a path may hold a link.
    app.log_exception = _log_failure  # type: ignore[method-assign]


def explain(name: str, status: int, *, twin: str | None = None, retry_after_s: int | None = None) -> Explanation:
    """The words `<name>_title` and `<name>_text` in the caller's language; without the database."""
    words = texts(caller_language(), "landing")
    told = words[f"{name}_text"].replace("{seconds}", str(retry_after_s or 0))
    return Explanation(status, words[f"{name}_title"], told, twin, retry_after_s)


def caller_language() -> str:
    """The best of our languages by `Accept-Language` (RFC 9110 §12.5.4)."""
    return request.accept_languages.best_match(sorted(languages()), DEFAULT) or DEFAULT


def answer(told: Explanation, headers: Mapping[str, str] | None = None) -> Response:
    """The explanation in the form the caller reads."""
    response = _in_form(told)
    response.status_code = told.status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Accept-Language, HX-Request"
    if told.retry_after_s is not None:
        response.headers["Retry-After"] = str(told.retry_after_s)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _in_form(told: Explanation) -> Response:
    order = _ROOMS.get(request.blueprint or "", _PAGES)
    form = request.accept_mimetypes.best_match(order, order[0])
    if form == "text/html":
        return _page(told)
    if form == "text/plain":
        return Response(f"{told.title}\n{told.text}\n", mimetype="text/plain")
    document = {"type": "about:blank", "title": told.title, "status": told.status, "detail": told.text}
    return Response(orjson.dumps(document), mimetype="application/problem+json")


def _page(told: Explanation) -> Response:
    language = caller_language()
    asked = {"told": told, "lang": language, "dir": direction(language), "words": texts(language, "landing")}
    fragment = request.headers.get("HX-Request") == "true"
    template = "landing/explained_fragment.html" if fragment else "landing/explained.html"
    response = Response(render_template(template, **asked), mimetype="text/html")
    if fragment:
        # Tells our own script that this answer may be shown in place of the video.
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _foreseen(error: SegueError) -> Response:
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS or kind is SegueError)
    status = STATUS.get(kind, 500)
    if status == 500:
        return _unforeseen(error)
    if isinstance(error, Busy):
        log.warning("request.busy", endpoint=request.endpoint, reason=str(error))
        return answer(explain("busy", 503, retry_after_s=error.retry_after_s))
    log.debug("request.refused", endpoint=request.endpoint, status=status, reason=str(error))
    slug = getattr(error, "campaign_slug", None)
    twin = f"/c/{slug}" if slug else None
    return answer(explain(_WORDS.get(kind, _BY_STATUS[status]), status, twin=twin))


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    if status >= 500 and status != 503:
        return answer(explain("broken", status))
    waits = getattr(error, "retry_after", None)
    retry = int(waits) if isinstance(waits, int | float) else (30 if status in (429, 503) else None)
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range")}
    return answer(explain(_BY_STATUS.get(status, "bad"), status, retry_after_s=retry), kept)


def _unreachable(error: Exception) -> Response:
    log.warning("database.unreachable", endpoint=request.endpoint, error=type(error).__name__)
    return answer(explain("busy", 503, retry_after_s=Busy.retry_after_s))


def _refuse_nul() -> None:
    # SQLite stores a NUL in a text, PostgreSQL refuses the statement: neither is asked.
    if "\0" in request.path:
        raise NoSuchPage
    if b"%00" in request.query_string:
        raise BadRequest


def _unfit(error: DataError) -> Response:
    log.debug("request.refused", endpoint=request.endpoint, status=400, reason=type(error.orig).__name__)
    return answer(explain("bad", 400))


def _unforeseen(error: Exception) -> Response:
    if current_app.testing:
        raise error
    _log_failure(error)
    return answer(explain("broken", 500))


def _log_failure(exc_info: object) -> None:
    log.error("request.failed", endpoint=request.endpoint, exc_info=exc_info)
