"""Templates → answers, with one set of headers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from connectors.sandbox.wire import Answer

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'",
}


def _shown(value: Any) -> str:
    """A value as a page shows it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%d %b %Y, %H:%M UTC")
    if isinstance(value, date):
        return value.strftime("%d %b %Y")
    return f"{value:g}" if isinstance(value, float) else str(value)


_TEMPLATES = Environment(
    loader=PackageLoader("connectors.salesforce.sandbox.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["shown"] = _shown


def page(template: str, status: int = 200, **shown: Any) -> Answer:
    """A whole page."""
    defaults = {"bare": False, "notice": "", "problem": "", "here": ""}
    text = _TEMPLATES.get_template(template).render(**{**defaults, **shown})
    return Answer(status, text.encode(), dict(_HEADERS))


def refused_page(words: str, status: int = 400) -> Answer:
    """A page that only says why not."""
    return page("refused.html", status, words=words, bare=True, org=None)


def away(target: str) -> Answer:
    """Go there (after a POST)."""
    return Answer(303, b"", {"Location": target, "Cache-Control": "no-store"})
