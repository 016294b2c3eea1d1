"""What an opening request tells of its sender."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.engagement.request import facts_of, network_of
from tests.conftest import NOW

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "who"),
    [
        (CHROME, None),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari",
            None,
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) AppleWebKit/605.1.15 [FBAN/FBIOS;FBAV/500]", None),
        ("Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0", None),
        (CHROME.replace("Chrome", "HeadlessChrome"), "scanner"),
        ("curl/8.5.0", "scanner"),
        ("python-requests/2.32", "scanner"),
        ("", "scanner"),
        ("Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.2; +https://openai.com/gptbot", "agent"),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "agent"),
        ("Mozilla/5.0 (compatible; Claude-User/1.0)", "agent"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "preview"),
        ("Twitterbot/1.0", "preview"),
        ("WhatsApp/2.24.1 A", "preview"),
        ("facebookexternalhit/1.1", "preview"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "scanner"),
    ],
)
def test_machines_that_say_so_are_known_by_name(user_agent: str, who: str | None):
    assert facts_of({"User-Agent": user_agent}).declared == who


@pytest.mark.parametrize(
    "header",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}, {"X-Moz": "prefetch"}],
)
def test_fetching_ahead_is_seen(header: dict[str, str]):
    assert facts_of({"User-Agent": CHROME, **header}).prefetch
    assert not facts_of({"User-Agent": CHROME}).prefetch


def test_an_agent_that_signs_itself_is_one():
    facts = facts_of({"User-Agent": CHROME, "Signature-Agent": '"https://chatgpt.com"'})

    assert (facts.declared, facts.declared_name) == ("agent", "https://chatgpt.com")


def test_a_member_of_the_company_only_looks_in():
    assert facts_of({"User-Agent": CHROME}, member=True).declared == "preview"


def test_neither_address_nor_user_agent_is_kept():
    kept = str(facts_of({"User-Agent": CHROME, "X-Forwarded-For": "203.0.113.9"}).as_json())

    assert "Chrome" not in kept
    assert "203" not in kept


def test_neighbours_share_a_network_until_midnight(vault):
    assert network_of(vault, "203.0.113.9", NOW) == network_of(vault, "203.0.113.200", NOW)
    assert network_of(vault, "203.0.113.9", NOW) != network_of(vault, "203.0.114.9", NOW)
    assert network_of(vault, "203.0.113.9", NOW) != network_of(vault, "203.0.113.9", NOW + timedelta(days=1))
    assert network_of(vault, "2001:db8:1:2::1", NOW) == network_of(vault, "2001:db8:1:9::7", NOW)
    assert network_of(vault, None, NOW) is None
    assert network_of(vault, "not an address", NOW) is None
