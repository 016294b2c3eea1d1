"""Text stays text in Markdown, addresses stay addresses."""

from __future__ import annotations

import pytest

from web.landing.plain_markdown import plain, target


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Your year, Ana!", "Your year, Ana!"),
        ("Q&A &lt; &#60;", r"Q&A \&lt; \&#60;"),
        ("# one\n## two", r"\# one ## two"),
        ("1. first", r"1\. first"),
        ("2026 was good", "2026 was good"),
        ("- a *b* _c_ `d` [e](f) <g>", r"\- a \*b\* \_c\_ \`d\` \[e\](f) \<g\>"),
        ("", ""),
    ],
)
def test_nothing_in_a_text_is_markup(text: str, escaped: str) -> None:
    assert plain(text) == escaped


def test_a_target_ends_where_its_link_does() -> None:
    assert target("https://a.example/x) [y](z w") == "https://a.example/x%29%20[y]%28z%20w"
