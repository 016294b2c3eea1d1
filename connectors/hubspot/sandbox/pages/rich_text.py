"""A note's HTML made safe to show: a few harmless tags, everything else as text. Pure."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

_KEPT = frozenset({"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "span", "div", "h3", "h4"})
_EMPTY = frozenset({"br"})
_HIDDEN = frozenset({"script", "style"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        if tag not in _KEPT:
            return
        href = dict(attrs).get("href") or ""
        more = (
            f' href="{escape(href)}" rel="noreferrer"'
            if tag == "a" and href.startswith(("https://", "http://"))
            else ""
        )
        self.out.append(f"<{tag}{more}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        if tag in self.open:
            while self.open:
                last = self.open.pop()
                self.out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.out.append(escape(data))


def safe(text: str) -> Markup:
    """What of it may be shown, as markup."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    ends = "".join(f"</{tag}>" for tag in reversed(reader.open))
    return Markup("".join(reader.out) + ends)  # noqa: S704 - made of the tags above and escaped text alone
