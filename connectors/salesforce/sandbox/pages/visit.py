"""One visit of a page: what was asked, the form that was sent, and the ways to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from connectors.salesforce.sandbox.given import Given
from connectors.salesforce.sandbox.pages.curve import curve
from connectors.sandbox.pages import HTML, STYLE, templates
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox

NAVIGATION = (
    ("/", "Org"),
    ("/contacts", "Contacts"),
    ("/leads", "Leads"),
    ("/accounts", "Accounts"),
    ("/opportunities", "Opportunities"),
    ("/campaigns", "Campaigns"),
    ("/engagement", "Engagement"),
    ("/setup", "Set-up"),
    ("/calls", "Calls"),
    ("/callouts", "Callouts"),
    ("/trouble", "Trouble"),
)


def _shown(value: Any) -> str:
    """A value as a page shows it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,.2f}".removesuffix(".00") if isinstance(value, float) else str(value)


_pages = templates(Path(__file__).parent / "templates", shown=_shown, curve=curve)


@dataclass(slots=True)
class Visit:
    """A request to a page."""

    sandbox: Sandbox
    request: Request

    def asked(self, name: str) -> str:
        """A query parameter."""
        return self.request.query.get(name, [""])[0]

    def form(self) -> dict[str, str]:
        """What was sent; of a name sent twice, the values one a line."""
        sent = parse_qs(self.request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: "\n".join(values) for name, values in sent.items()}

    def given(self) -> Given:
        """What was sent, as deeds read it."""
        return Given(self.form())

    def show(self, template: str, *, status: int = 200, **values: Any) -> Answer:
        """A page."""
        return show(template, status=status, sandbox=self.sandbox, said=self.asked("said"), **values)

    def go(self, path: str, said: str = "") -> Answer:
        """To another page, with a word on what was done."""
        query = f"?{urlencode({'said': said})}" if said else ""
        return Answer(303, b"", {"Location": f"{path}{query}"})


def show(template: str, *, status: int = 200, **values: Any) -> Answer:
    """A page from a template."""
    given: Mapping[str, Any] = {
        "navigation": NAVIGATION,
        "style": STYLE,
        "here": "",
        "said": "",
        "bare": False,
        **values,
    }
    return Answer(status, _pages.get_template(template).render(given).encode(), dict(HTML))
