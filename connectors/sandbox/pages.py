"""What the pages of every sandbox share: their style, their headers, some templates, and whose forms are taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, Undefined

from connectors.sandbox.wire import Answer, Request

STYLE = "/__style/style.css"
HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
_HERE = Path(__file__).parent


def templates(folder: Path, *, undefined: type[Undefined] = Undefined, **filters: Callable[..., Any]) -> Environment:
    """The templates of a folder and the shared ones, which extend that folder's `layout.html`."""
    made = Environment(
        loader=FileSystemLoader([folder, _HERE / "templates"]),
        autoescape=True,
        undefined=undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": _moment, "pretty": _pretty, **filters}
    return made


def style() -> Answer:
    """The style sheet."""
    sheet = (_HERE / "style.css").read_bytes()
    return Answer(200, sheet, {"Content-Type": "text/css; charset=utf-8"})


def from_here(origin: str, request: Request) -> bool:
    """Another site can make a browser post, but not with our origin. Clients that aren't browsers send none."""
    sent = request.headers.get("origin")
    return sent is None or sent in (origin, origin.replace("127.0.0.1", "localhost"))


def _moment(at: float | str) -> str:
    text = at if isinstance(at, str) else datetime.fromtimestamp(at, UTC).isoformat()
    return f"{text[:10]} {text[11:19]}" if len(text) > 10 else text


def _pretty(raw: bytes | str) -> str:
    """JSON with its indents; anything else as it is."""
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
