"""One visit of a page: what was asked, the form that was sent, and the ways to answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from jinja2 import StrictUndefined

from connectors.hubspot.sandbox.pages.rich_text import safe
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import not_found
from connectors.sandbox.pages import HTML, style, templates
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.hubspot.sandbox.server import Sandbox

HERE = Path(__file__).parent


_pages = templates(HERE / "templates", undefined=StrictUndefined, rich=safe)


@dataclass(slots=True)
class Visit:
    """A request to a page; `portal` is the account it is about."""

    sandbox: Sandbox
    request: Request
    portal: Portal

    @property
    def base(self) -> str:
        """Where the account's pages are."""
        return f"/portals/{self.portal.id}"

    def asked(self, name: str) -> str:
        """A query parameter."""
        return self.request.query.get(name, [""])[0]

    def form(self) -> dict[str, str]:
        """What was sent; of a name sent twice, the values one a line."""
        sent = parse_qs(self.request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: "\n".join(values) for name, values in sent.items()}

    def show(self, template: str, *, status: int = 200, **values: Any) -> Answer:
        """A page."""
        shown = _pages.get_template(template).render(
            sandbox=self.sandbox, portal=self.portal, base=self.base, said=self.asked("said"), **values
        )
        return Answer(status, shown.encode(), dict(HTML))

    def go(self, path: str, said: str = "") -> Answer:
        """To another page of the account, with a word on what was done."""
        query = f"?{urlencode({'said': said})}" if said else ""
        return Answer(303, b"", {"Location": f"{self.base}{path}{query}"})


def away(url: str, **query: str) -> Answer:
    """To somewhere else, with these parameters added."""
    joint = "&" if "?" in url else "?"
    return Answer(302, b"", {"Location": f"{url}{joint}{urlencode(query)}" if query else url})


def asset(name: str) -> Answer:
    """The style sheet; raises the 404 `Problem` for anything else."""
    if name != "style.css":
        raise not_found()
    return style()
