"""What an opening request tells of its sender: kept as a few plain facts, never its address or user agent. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from plugin.engagement.who import Who
from plugin.kernel.seal import Vault

# What they call themselves in their own documentation; matched anywhere in the user agent, in lower case.
_AGENTS = (
    "gptbot", "chatgpt-user", "oai-searchbot", "claudebot", "claude-user", "claude-searchbot", "anthropic-ai",
    "perplexitybot", "perplexity-user", "google-extended", "googleother", "google-cloudvertexbot", "meta-externalagent",
    "meta-externalfetcher", "amazonbot", "applebot-extended", "bytespider", "ccbot", "cohere-ai", "mistralai-user",
    "duckassistbot", "youbot", "diffbot", "novaact", "google-agent",
)  # fmt: skip
_PREVIEWS = (
    "slackbot", "slack-imgproxy", "twitterbot", "facebookexternalhit", "facebookcatalog", "linkedinbot", "whatsapp",
    "telegrambot", "discordbot", "skypeuripreview", "microsoftpreview", "teamsbot", "bitlybot", "embedly", "iframely",
    "pinterestbot", "redditbot", "mastodon", "bluesky", "cardyb", "vkshare", "google-pagerenderer",
    "googleimageproxy", "yahoomailproxy", "outlook-linkpreview",
)  # fmt: skip
_SCANNERS = (
    "headlesschrome", "phantomjs", "puppeteer", "playwright", "selenium",
    "barracuda", "mimecast", "proofpoint", "urldefense", "safelinks", "cisco", "symantec", "messagelabs",
    "trendmicro", "forcepoint", "fireeye", "trellix", "sophos", "fortiguard", "paloalto", "zscaler", "virustotal",
    "urlscan", "netcraft", "phishtank", "checkpoint",
    "bot/", "bot;", "crawler", "spider", "googlebot", "bingbot", "yandexbot", "duckduckbot", "applebot",
    "curl/", "wget/", "python-", "python/", "aiohttp", "httpx", "okhttp", "go-http-client", "java/", "libwww", "scrapy",
    "axios", "node-fetch", "undici", "guzzle", "ruby/", "libwww-perl", "apache-httpclient", "postman", "insomnia",
)  # fmt: skip


class Headers(Protocol):
    """A request's headers, whatever the case of their names."""

    def get(self, key: str, default: str, /) -> str:
        """The value, or the default."""
        ...


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is kept of the request that opened a visit."""

    declared: str | None
    """agent | preview | scanner when it calls itself one; None: it calls itself a browser."""
    declared_name: str
    """Which of the known names matched."""
    prefetch: bool
    not_navigated: bool
    member: bool = False
    """Someone of the company looking at their own campaign."""

    def as_json(self) -> dict[str, Any]:
        """As kept with the visit."""
        return asdict(self)


def facts_of(headers: Headers, *, member: bool = False) -> RequestFacts:
    """Read them off a request's headers.

    Prefetch: `Sec-Purpose`/`Purpose`/`X-Moz` (Fetch standard and its forerunners). An AI agent may also sign itself
    by `Signature-Agent` (HTTP Message Signatures, Web Bot Auth).
    """
    declared, name = _declared(headers.get("User-Agent", ""))
    if agent := headers.get("Signature-Agent", ""):
        declared, name = Who.AGENT, agent.strip('"')[:60]
    purpose = " ".join(headers.get(header, "") for header in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")).lower()
    site = headers.get("Sec-Fetch-Site", "same-origin")
    if member:
        declared, name = Who.PREVIEW, "a member of the company"
    return RequestFacts(
        declared=declared,
        declared_name=name,
        prefetch=any(word in purpose for word in ("prefetch", "prerender", "preview")),
        not_navigated=site not in ("same-origin", "none") or headers.get("Sec-Fetch-Dest", "empty") == "image",
        member=member,
    )


def _declared(user_agent: str) -> tuple[str | None, str]:
    text = user_agent.lower()
    if not text.strip():
        return Who.SCANNER, "no name at all"
    for who, names in ((Who.AGENT, _AGENTS), (Who.PREVIEW, _PREVIEWS), (Who.SCANNER, _SCANNERS)):
        for name in names:
            if name in text:
                return who, name.strip("/;)-")
    return None, ""


def network_of(vault: Vault, address: str | None, now: datetime) -> str | None:
    """A pseudonym of the network (IPv4 /24, IPv6 /48) an address is in, new every day; None without an address."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    wide = ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False)
    return vault.pseudonym(f"network:{now:%Y-%m-%d}", str(wide))[:16]
