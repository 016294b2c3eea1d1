"""Immutable bytes over HTTP: ranges, conditions, HEAD, and replies short enough to free their thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Request, Response

from web.player.ranges import NotSatisfiable, Part, asked_part

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that never change under their tag."""

    size: int
    etag: str
    mimetype: str
    read: Callable[[int, int], bytes]
    """`length` bytes from `offset`."""


def reply(request: Request, content: Content, *, cache: str, download_as: str | None = None) -> Response:
    """200, 206, 304 or 416 for what the request asks (RFC 9110 §13 and §14)."""
    if request.if_none_match.contains(content.etag):
        return _dressed(Response(status=304), content, cache)
    try:
        part = asked_part(request.headers.get("Range"), content.size) if _range_counts(request, content) else None
    except NotSatisfiable:
        refused = Response(status=416, headers={"Content-Range": f"bytes */{content.size}"})
        return _dressed(refused, content, "no-store")
    response = _whole(content) if part is None else _partial(content, part)
    response.mimetype = content.mimetype
    if download_as:
        response.headers.set("Content-Disposition", "attachment", filename=download_as)
    return _dressed(response, content, cache)


def _range_counts(request: Request, content: Content) -> bool:
    """`If-Range` holds only for the very same bytes; our tags are strong, and we give out no dates."""
    condition = request.if_range
    return condition.date is None and condition.etag in (None, content.etag)


def _whole(content: Content) -> Response:
    return Response(_chunks(content), headers={"Content-Length": str(content.size)})


def _partial(content: Content, part: Part) -> Response:
    response = Response(content.read(part.start, part.length), status=206)
    response.headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{content.size}"
    return response


def _chunks(content: Content) -> Iterator[bytes]:
    for offset in range(0, content.size, _CHUNK):
        yield content.read(offset, min(_CHUNK, content.size - offset))


def _dressed(response: Response, content: Content, cache: str) -> Response:
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = cache
    response.set_etag(content.etag)
    return response
