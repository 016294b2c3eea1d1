"""The server's own address, as a CRM must reach it from outside."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from plugin.kernel.errors import BadInput

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")


def origin_of(text: str, *, caller: str) -> str:
    """`https://host[:port]`, as `caller` can reach it; raises `BadInput` saying what is wrong with it."""
    example = "such as https://video.example.com"
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise BadInput(f"{text!r} is no address; pass the server's public origin, {example}") from None
    if parts.scheme != "https":
        raise BadInput(f"{caller} calls nothing but https; pass the server's public origin, {example} (not {text!r})")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise BadInput(f"{text!r} is more than an origin; leave out all but https, host and port, {example}")
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost") or _is_address(host):
        raise BadInput(f"{caller} can't reach {host}; pass the name the server has on the internet, {example}")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise BadInput(
            f"{host!r} is no host name on the internet (one with other letters is written as xn--…), {example}"
        )
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
