"""What the pages of every sandbox share: their style, their headers, and whose forms are taken."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.wire import Answer, Request

STYLE = "/__style/style.css"
HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


def style() -> Answer:
    """The style sheet."""
    sheet = (Path(__file__).parent / "style.css").read_bytes()
    return Answer(200, sheet, {"Content-Type": "text/css; charset=utf-8"})


def from_here(origin: str, request: Request) -> bool:
    """Another site can make a browser post, but not with our origin. Clients that aren't browsers send none."""
    sent = request.headers.get("origin")
    return sent is None or sent in (origin, origin.replace("127.0.0.1", "localhost"))
